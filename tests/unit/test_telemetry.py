"""What watches us tells nothing about people: logs, error reports, traces, metrics, the alarm."""

import ast
import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
import structlog
from opentelemetry.sdk.trace.export import SpanExporter
from prometheus_client import generate_latest
from pydantic import ValidationError
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from libs.telemetry import alarm, errors, logs, metrics, otlp, start, traces
from libs.telemetry.alarm import DeadMan
from services.api.settings import Settings as ApiSettings
from services.worker.settings import Settings as WorkerSettings

ROOT = Path(__file__).parents[2]
CANARY = "Kanari Zebra 5550123"
_LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
_ADDRESSES = {"OWNCALL_DATABASE_URL": f"postgresql://x_login:{CANARY}@h/x", "OWNCALL_REDIS_URL": f"redis://:{CANARY}@h"}


def _log_calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("services", "libs"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LEVELS:
                    target = node.func.value
                    if isinstance(target, ast.Name) and target.id in {"log", "logger", "logging"}:
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_log_call_names_its_event_and_uses_allowed_keys_alone() -> None:
    calls = list(_log_calls())
    assert len(calls) > 12
    for place, call in calls:
        assert [type(argument) for argument in call.args] == [ast.Constant], place
        keys = {keyword.arg for keyword in call.keywords}
        assert keys <= logs.ALLOWED, (place, keys - logs.ALLOWED)


def test_a_bound_logger_is_made_in_one_way_so_that_the_test_above_sees_every_call() -> None:
    for folder in ("services", "libs"):
        for path in (ROOT / folder).rglob("*.py"):
            source = path.read_text()
            assert ".bind(" not in source, path
            assert "bind_contextvars" not in source, path
            if "get_logger()" in source:
                assert "\nlog = structlog.get_logger()\n" in source, path
            if path.parts[-2:] != ("telemetry", "logs.py"):
                assert "logging.getLogger()" not in source, path


@contextmanager
def _logs(level: str = "INFO") -> Iterator[io.StringIO]:
    """Logs as a process writes them, into a string; everything is put back."""
    root, written, error = logging.getLogger(), io.StringIO(), sys.stderr
    before = (list(root.handlers), root.level, logging.raiseExceptions)
    sys.stderr = written
    try:
        logs.configure("api", level)
        yield written
    finally:
        sys.stderr = error
        root.handlers, (_handlers, root.level, logging.raiseExceptions) = before[0], before
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()


def _lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_key_that_is_not_allowed_is_dropped() -> None:
    with _logs() as written:
        structlog.get_logger().warning("said", receipt=CANARY, kind="x", exc_info=ValueError(CANARY))
    (line,) = _lines(written)
    assert (line["event"], line["kind"], line["service"], line["level"]) == ("said", "x", "api", "warning")
    assert set(line) <= logs.ALLOWED
    assert CANARY not in written.getvalue()


@pytest.mark.parametrize("name", ["uvicorn.error", "sqlalchemy.engine", "arq.worker", "asyncio", "anything.else"])
def test_other_peoples_loggers_leave_name_level_and_place(name: str) -> None:
    with _logs("DEBUG") as written:
        try:
            raise LookupError(CANARY)
        except LookupError:
            logging.getLogger(name).exception("it broke: %s", CANARY, stack_info=True)
        logging.getLogger(name).error(CANARY, extra={"receipt": CANARY})
        logging.getLogger(name).error("%s %d", CANARY)  # noqa: PLE1206 - it cannot be formatted, and would be printed in full
        logging.getLogger(name).info("SELECT %s", CANARY)
    lines = _lines(written)
    assert [line["logger"] for line in lines] == [name] * 3
    assert lines[0]["error"] == "LookupError"
    assert {line["event"] for line in lines} == {"foreign_log"}
    assert all(set(line) <= logs.ALLOWED for line in lines)
    assert CANARY not in written.getvalue()


def test_the_level_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    with _logs("ERROR") as written:
        structlog.get_logger().warning("said")
        structlog.get_logger().error("shouted")
    assert [line["event"] for line in _lines(written)] == ["shouted"]
    with _logs("DEBUG") as written:
        structlog.get_logger().debug("whispered")
    assert [line["event"] for line in _lines(written)] == ["whispered"]
    for name, value in {**_ADDRESSES, "OWNCALL_LOG_LEVEL": "DEBUG"}.items():
        monkeypatch.setenv(name, value)
    assert WorkerSettings().log_level == "DEBUG"


def test_what_ends_a_process_is_told_by_class_and_place() -> None:
    with _logs() as written:
        try:
            raise RuntimeError(CANARY)
        except RuntimeError as error:
            start._crashed(RuntimeError, error, error.__traceback__)
    (line,) = _lines(written)
    assert (line["event"], line["error"]) == ("crashed", "RuntimeError")
    assert line["where"].startswith("test_telemetry.py:")
    assert CANARY not in written.getvalue()


@pytest.mark.parametrize("settings", [ApiSettings, WorkerSettings])
def test_a_setting_that_is_missing_or_wrong_prints_no_other(
    settings: type[ApiSettings | WorkerSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**_ADDRESSES, "OWNCALL_METRICS_PORT": CANARY}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        settings()
    assert "metrics_port" in str(caught.value)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("name", ["OWNCALL_ALARM_URL", "OWNCALL_OTLP_ENDPOINT"])
def test_alarms_and_traces_leave_the_machine_over_tls_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in _ADDRESSES.items():
        monkeypatch.setenv(key, value)
    for fine in ("", "https://alarms.example/x", "http://localhost:9000/x", "http://127.0.0.1:4318"):
        monkeypatch.setenv(name, fine)
        WorkerSettings()
    for refused in ("http://alarms.example/x", "ftp://localhost/", "alarms.example", "file:///etc/passwd"):
        monkeypatch.setenv(name, refused)
        with pytest.raises(ValidationError):
            WorkerSettings()


class _Sink(Transport):
    """Takes what would go to Sentry."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[bytes] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.taken.append(envelope.serialize())


@contextmanager
def _sentry() -> Iterator[_Sink]:
    sink = _Sink()
    errors.configure("https://key@localhost/1", service="api", transport=sink)
    try:
        yield sink
    finally:
        sentry_sdk.get_global_scope().set_client(None)


def _fails(receipt: str) -> None:
    local: dict[str, str] = {}
    try:
        local[receipt]
    except KeyError as error:
        raise RuntimeError(f"no {receipt} in {local}") from error


def test_an_error_report_carries_types_and_places_and_nothing_else() -> None:
    with _sentry() as sink:
        sentry_sdk.set_user({"id": CANARY})
        sentry_sdk.set_tag("receipt", CANARY)
        sentry_sdk.set_context("request", {"body": CANARY})
        sentry_sdk.add_breadcrumb(message=CANARY)
        logging.getLogger("uvicorn.error").error(CANARY)
        try:
            _fails(CANARY)
        except RuntimeError as error:
            errors.report(error)
    assert len(sink.taken) == 1
    assert CANARY.encode() not in sink.taken[0]
    event = json.loads(sink.taken[0].splitlines()[-1])
    assert set(event) <= {
        "event_id",
        "timestamp",
        "platform",
        "level",
        "environment",
        "release",
        "server_name",
        "exception",
    }
    for value in event["exception"]["values"]:
        assert set(value) <= {"type", "module", "stacktrace"}
        for frame in value["stacktrace"]["frames"]:
            assert set(frame) <= {"filename", "function", "module", "lineno", "in_app"}
    assert [value["type"] for value in event["exception"]["values"]] == ["KeyError", "RuntimeError"]
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "_fails"


class _Spans(SpanExporter):
    """Keeps spans as they would leave."""

    def __init__(self) -> None:
        self.left: list[dict[str, Any]] = []

    def export(self, spans: Any) -> Any:  # noqa: ANN401 - the SDK's own types
        self.left.append(otlp.as_json(spans, "api"))
        return None


def test_a_span_leaves_with_allowed_attributes_alone() -> None:
    kept = _Spans()
    provider = traces.configure("api", "http://localhost:1", exporter=kept)
    assert provider is not None
    try:
        with traces.request() as span:
            span.set_attribute("url.path", CANARY)
            span.set_attribute("db.statement", CANARY)
            span.add_event(CANARY, {"x": CANARY})
            span.record_exception(ValueError(CANARY))
            traces.answered(span, route="/r/{region}", method="GET", status=500)
        with pytest.raises(ValueError, match=CANARY), traces.job("callouts.advance", 3):
            raise ValueError(CANARY)
        provider.force_flush()
    finally:
        provider.shutdown()
        traces._tracing.__init__()  # type: ignore[misc]  # as if nothing had been configured
    assert CANARY not in json.dumps(kept.left)
    request, job = (span for sent in kept.left for span in sent["resourceSpans"][0]["scopeSpans"][0]["spans"])
    assert request["name"] == "GET /r/{region}"
    assert request["traceId"] != job["traceId"]
    assert {item["key"] for item in request["attributes"]} == {
        "http.route",
        "http.request.method",
        "http.response.status_code",
    }
    assert {item["key"] for item in job["attributes"]} == {"owncall.job", "owncall.attempt", "error.type"}
    assert request["status"] == job["status"] == {"code": 2}
    assert (request["kind"], job["kind"]) == (2, 5)


def test_no_metric_has_a_label_that_could_name_a_tenant_or_a_person() -> None:
    labels = {name for found in metrics.REGISTRY.collect() for sample in found.samples for name in sample.labels}
    declared = {name for made in vars(metrics).values() for name in getattr(made, "_labelnames", ())}
    assert labels | declared <= {"route", "method", "status", "kind", "outcome", "channel", "le", "generation"}
    assert b"region" not in re.sub(rb'route="[^"]*"', b"", generate_latest(metrics.REGISTRY))


class _Receiver:
    """Stands where `post` stood."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.is_away = False

    def __call__(self, _url: str, body: bytes, *, timeout_s: float) -> None:
        assert timeout_s < 10
        if self.is_away:
            raise OSError
        self.got.append(body)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> _Receiver:
    made = _Receiver()
    monkeypatch.setattr(alarm, "post", made)
    return made


def test_an_alarm_comes_after_ten_seconds_and_once_a_minute(receiver: _Receiver) -> None:
    dead_man = DeadMan("https://x", 0.0)
    rang = []
    for now_s in range(0, 200, 2):
        dead_man.judge(float(now_s), float(now_s))
        rang.append(len(receiver.got))
    assert rang.index(1) * 2 == 12
    assert len(receiver.got) == 4
    assert set(receiver.got) == {b'{"alarm": "dispatch_late"}'}


def test_on_time_there_is_no_alarm_and_late_by_ten_is_not_yet_late(receiver: _Receiver) -> None:
    dead_man = DeadMan("https://x", 0.0)
    for now_s in range(100):
        dead_man.judge(float(now_s), 10.0)
    assert receiver.got == []


def test_nobody_able_to_look_for_ten_seconds_is_late_too(receiver: _Receiver) -> None:
    dead_man = DeadMan("https://x", 0.0)
    for now_s in (2.0, 4.0, 10.0):
        dead_man.judge(now_s, None)
    assert receiver.got == []
    dead_man.judge(12.0, None)
    assert len(receiver.got) == 1


def test_the_end_is_logged_and_a_new_beginning_within_the_minute_rings_no_second_time(receiver: _Receiver) -> None:
    dead_man = DeadMan("https://x", 0.0)
    with _logs() as written:
        for now_s, oldest_s in ((0.0, 11.0), (2.0, 0.0), (4.0, 11.0), (6.0, 0.0), (59.0, 11.0), (60.0, 11.0)):
            dead_man.judge(now_s, oldest_s)
    said = [line["event"] for line in _lines(written)]
    assert said == ["dispatch_late", "dispatch_on_time", "dispatch_on_time", "dispatch_late"]
    assert len(receiver.got) == 2


def test_an_alarm_that_nobody_took_is_tried_again_sooner(receiver: _Receiver) -> None:
    receiver.is_away = True
    dead_man = DeadMan("https://x", 0.0)
    dead_man.judge(0.0, 11.0)
    receiver.is_away = False
    dead_man.judge(8.0, 19.0)
    dead_man.judge(10.0, 21.0)
    assert len(receiver.got) == 1
