"""Reads the file that is named as OpenTelemetry's own protocol files have it, and prints a line for each span.

OTLP differs from the JSON that Protobuf asks for in one thing: identifiers are hexadecimal digits, where Protobuf has base64.
"""

import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def as_protobuf_has_it(value):
    if isinstance(value, list):
        return [as_protobuf_has_it(one) for one in value]
    if not isinstance(value, dict):
        return value
    ids = {"traceId", "spanId", "parentSpanId"}
    return {
        name: base64.b64encode(bytes.fromhex(one)).decode() if name in ids else as_protobuf_has_it(one)
        for name, one in value.items()
    }


with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
# A name that is not in the protocol, a number out of its range and text that is no number are faults.
request = json_format.ParseDict(as_protobuf_has_it(document), ExportTraceServiceRequest())
for resource in request.resource_spans:
    for scope in resource.scope_spans:
        for span in scope.spans:
            assert len(span.trace_id) == 16 and len(span.span_id) == 8, span
            assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano, span
            kind = type(span).SpanKind.Name(span.kind)
            events = ",".join(event.name for event in span.events)
            print(span.name, kind, span.trace_id.hex(), span.parent_span_id.hex(), span.span_id.hex(), events, sep="|")
