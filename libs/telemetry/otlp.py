"""Spans over OTLP/HTTP as JSON, written by ourselves: what leaves is what is named here.

The official exporter brings protobuf, requests and seven more packages, and sends whatever a span carries.

Source: OTLP 1.x, "JSON Protobuf Encoding"; docs/decisions/0007-telemetry.md
"""

import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.util.types import AttributeValue

from libs.telemetry.post import post

ALLOWED = frozenset(
    {
        "http.route",
        "http.request.method",
        "http.response.status_code",
        "error.type",
        "owncall.plane",
        "owncall.job",
        "owncall.attempt",
        "owncall.is_rolled_back",
    }
)
"""No path, query, statement, or id of a person or request is ever among them."""

log = structlog.get_logger()
_TIMEOUT_S = 5.0


class Exporter(SpanExporter):
    """Sends spans with allowed attributes alone: no events, no links, no status texts."""

    def __init__(self, endpoint: str, service: str) -> None:
        self._url = endpoint.rstrip("/") + "/v1/traces"
        self._service = service

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send some spans; those that nobody takes are lost."""
        try:
            post(self._url, json.dumps(as_json(spans, self._service)).encode(), timeout_s=_TIMEOUT_S)
        except (OSError, http.client.HTTPException) as error:
            log.warning("traces_lost", error=type(error).__name__, count=len(spans))
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS


def as_json(spans: Sequence[ReadableSpan], service: str) -> dict[str, Any]:
    """Return spans as an ExportTraceServiceRequest."""
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes({"service.name": f"owncall-{service}"})},
                "scopeSpans": [{"scope": {"name": "owncall"}, "spans": [_span(span) for span in spans]}],
            }
        ]
    }


def _span(span: ReadableSpan) -> dict[str, Any]:
    allowed = {key: value for key, value in (span.attributes or {}).items() if key in ALLOWED}
    return {
        "traceId": f"{span.context.trace_id:032x}",
        "spanId": f"{span.context.span_id:016x}",
        **({"parentSpanId": f"{span.parent.span_id:016x}"} if span.parent else {}),
        "name": span.name,
        "kind": span.kind.value + 1,  # OTLP counts from "unspecified"
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": _attributes(allowed),
        "status": {"code": span.status.status_code.value},
    }


def _attributes(values: Mapping[str, AttributeValue]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: AttributeValue) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}
