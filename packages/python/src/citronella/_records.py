"""What the broker answers: dictionaries whose members are attributes, too."""

from __future__ import annotations

import base64
import json
from typing import Any, Dict, List, Mapping, Optional, Union


class Record(Dict[str, Any]):
    """An object of JSON. Its members can be read as attributes: `client.last_disconnect.why`.

    >>> Record({"topic": "lamp/set"}).topic
    'lamp/set'
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            members = ", ".join(self) or "nothing"
            raise AttributeError(f"there is no {name!r} in here, but {members}") from None


class Message(Record):
    """A message, with its payload as bytes in `data`. A payload that is text is in `payload`, too; what JSON says, in `json`."""

    def __getattr__(self, name: str) -> Any:
        if name in ("payload", "json") and name not in self:
            if "payload_base64" in self:
                raise AttributeError(f"there is no {name!r} in here, since the payload is no text: `data` has its bytes")
            if "payload_sha256" in self:
                raise AttributeError(
                    f"there is no {name!r} in here, since the payload is larger than the journal keeps:"
                    " `payload_bytes` and `payload_sha256` tell it"
                )
            if "payload" in self and "packet" not in self:
                raise AttributeError("there is no 'json' in here, since the payload is no JSON: `payload` has its text")
        return super().__getattr__(name)

    @property
    def data(self) -> Optional[bytes]:
        """The payload as bytes; `None` where it is larger than the journal keeps."""
        text = self.get("payload")
        if text is not None:
            return str(text).encode()
        coded = self.get("payload_base64")
        return None if coded is None else base64.b64decode(coded)


class Found(List[Record]):
    """The packets and events by which an expectation was met."""

    def __init__(self, met: Mapping[str, Any]) -> None:
        super().__init__(Message(one) for one in met["packets"])
        self.count: int = met["count"]  # type: ignore[assignment]
        """How many there were; the list has the first 100 of them."""
        self.unproven: Optional[str] = met.get("unproven")
        """Why more may have been on its way, where that could not be ruled out."""


def read(text: Union[str, bytes]) -> Any:
    """JSON, with a `Record` for each object."""
    return json.loads(text, object_hook=Record)
