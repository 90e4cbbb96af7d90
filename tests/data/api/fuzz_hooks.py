"""What schemathesis is told about the control API: its waits are kept short, and lines of JSON are text."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """A wait of ten minutes would be one."""
    for said in (case.body, case.query):
        if isinstance(said, dict):
            secs = said.get("timeout_secs")
            if isinstance(secs, (int, float)) and 0.1 < secs <= 600:
                said["timeout_secs"] = 0.1


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """Generated text is sent as it is."""
    return value if isinstance(value, bytes) else str(value).encode()
