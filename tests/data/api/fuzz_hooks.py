"""What schemathesis is told about the control API: its waits are kept short, and lines of JSON are text."""

import schemathesis


# Routes that were asked to wait for as long as they do where nothing is said.
_waited = set()


@schemathesis.hook
def before_call(context, case, kwargs):
    """A wait of ten minutes would be one. Of those that do not say how long, one a route is as long as it is."""
    for said in (case.body, case.query):
        if isinstance(said, dict):
            secs = said.get("timeout_secs")
            if isinstance(secs, (int, float)) and 0.1 < secs <= 600:
                said["timeout_secs"] = 0.1
    if isinstance(case.body, dict) and "/wait" in case.path and "timeout_secs" not in case.body:
        if case.path in _waited:
            case.body["timeout_secs"] = 0.1
        _waited.add(case.path)


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """Generated text is sent as it is."""
    return value if isinstance(value, bytes) else str(value).encode()
