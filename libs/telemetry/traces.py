"""Traces: one span a request, one a transaction in a plane, one a job. Nothing unless an endpoint is set.

The provider is never made OpenTelemetry's global one: what other libraries would trace by themselves, with
paths and statements in it, finds none and stays silent. No trace is taken over from a caller's headers.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, StatusCode

from libs.telemetry import otlp

_SERVER_ERROR = 500


class _Tracing:
    """What `configure` decided."""

    def __init__(self) -> None:
        self.tracer: trace.Tracer = trace.NoOpTracer()


_tracing = _Tracing()


def configure(service: str, endpoint: str, *, exporter: SpanExporter | None = None) -> TracerProvider | None:
    """Start tracing.

    Args:
        service: `api` or `worker`.
        endpoint: base address of an OTLP/HTTP collector; empty means no traces.
        exporter: takes the spans instead, for tests.

    Returns:
        The provider, to flush and shut down; None without an endpoint.
    """
    if not endpoint:
        return None
    provider = TracerProvider(resource=Resource({"service.name": f"owncall-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(exporter or otlp.Exporter(endpoint, service)))
    _tracing.tracer = provider.get_tracer("owncall")
    return provider


@contextmanager
def request() -> Iterator[Span]:
    """Trace one HTTP request as a trace of its own; `answered` completes it."""
    with _tracing.tracer.start_as_current_span(
        "request",
        Context(),
        SpanKind.SERVER,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


def answered(span: Span, *, route: str, method: str, status: int) -> None:
    """Complete a request's span.

    Args:
        span: of the request.
        route: the route's template, never the path.
        method: a known method's name.
        status: 0 when nobody waited for the answer.
    """
    span.update_name(f"{method} {route}")
    span.set_attribute("http.route", route)
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.response.status_code", status)
    if status >= _SERVER_ERROR:
        span.set_status(StatusCode.ERROR)


@contextmanager
def job(kind: str, attempt: int) -> Iterator[None]:
    """Trace one attempt of a job, as a trace of its own: the row carries none, so time alone links it to a request."""
    with _tracing.tracer.start_as_current_span(
        f"job {kind}",
        Context(),
        SpanKind.CONSUMER,
        attributes={"owncall.job": kind, "owncall.attempt": attempt},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise


@contextmanager
def transaction(plane: str) -> Iterator[None]:
    """Trace one transaction inside a request or job; the loops that look every second would be nothing but noise."""
    if not trace.get_current_span().get_span_context().is_valid:
        yield
        return
    span = _tracing.tracer.start_span(f"plane {plane}", attributes={"owncall.plane": plane})
    try:
        yield
    except BaseException:
        span.set_attribute("owncall.is_rolled_back", value=True)
        raise
    finally:
        span.end()
