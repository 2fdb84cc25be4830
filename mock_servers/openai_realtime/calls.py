"""Calls over WebRTC and SIP: their signalling over REST, so that a sideband has something to join.

Source: openai 3.54.0, resources/realtime/calls.py (2026-08); the empty 404 of an unknown call: openai-realtime-console#562.
No media is exchanged: the answer to an offer turns all of it down, and the mock plays the caller itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from mock_servers.base.protocol import Answer, Chunk, Request
from mock_servers.openai_realtime.identifiers import Identifiers

__all__ = ["Call", "Calls"]

VERBS = ("accept", "reject", "hangup", "refer")


@dataclass(slots=True, kw_only=True)
class Call:
    """A call; `session` is what it was begun with."""

    id: str
    is_phone: bool = False
    is_answered: bool = False
    is_over: bool = False
    session: dict[str, Any] = field(default_factory=dict)


class Calls:
    """The calls of one server.

    Args:
        ringing_id: A SIP call that rings from the start; empty for none.
    """

    def __init__(self, *, ids: Identifiers, ringing_id: str) -> None:
        self._ids = ids
        self._calls: dict[str, Call] = {}
        if ringing_id:
            self._calls[ringing_id] = Call(id=ringing_id, is_phone=True)

    def joined(self, call_id: str) -> Call | None:
        """The call that a sideband joins; None if there is none, not yet, or no more."""
        call = self._calls.get(call_id)
        return call if call is not None and call.is_answered and not call.is_over else None

    def asked(self, request: Request, tail: str, now_s: float) -> Answer | None:
        """The answer to a REST request below `/realtime/calls`; None for one that nobody knows."""
        call_id, _, verb = tail.strip("/").partition("/")
        if request.method != "POST":
            return None
        if not call_id:
            return self._offered(request, now_s)
        call = self._calls.get(call_id)
        if verb not in VERBS or call is None or call.is_over:
            return None
        if verb == "accept":
            call.is_answered = True
            call.session = _json(request.body)
        elif verb in ("reject", "hangup"):
            call.is_over = True
        return Answer(status=200)

    def _offered(self, request: Request, now_s: float) -> Answer:
        parts = _parts(request)
        call = Call(id=self._ids.new("rtc_", now_s), is_answered=True, session=_json(parts.get("session", b"")))
        self._calls[call.id] = call
        headers = (("content-type", "application/sdp"), ("location", f"/v1/realtime/calls/{call.id}"))
        return Answer(status=201, headers=headers, body=(Chunk(data=_refused(parts.get("sdp", b""))),))


def _parts(request: Request) -> dict[str, bytes]:
    """The offer and the session: a form, or the bare offer."""
    content_type = request.header("content-type") or ""
    if not content_type.startswith("multipart/form-data"):
        return {"sdp": request.body}
    head = f"content-type: {content_type}\r\n\r\n".encode("latin-1")
    form = BytesParser(policy=HTTP).parsebytes(head + request.body)
    if not form.is_multipart():
        return {}
    names = ((part.get_param("name", header="content-disposition"), part) for part in form.iter_parts())
    return {str(name): bytes(part.get_payload(decode=True) or b"") for name, part in names}


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _refused(offer: bytes) -> bytes:
    """An SDP answer that takes none of the media: each with port 0 (RFC 3264, section 6)."""
    media = [line.split(b" ") for line in offer.splitlines() if line.startswith(b"m=") and line.count(b" ") >= 3]
    lines = [b"v=0", b"o=- 0 0 IN IP4 127.0.0.1", b"s=-", b"t=0 0"]
    lines += [b" ".join([line[0], b"0", *line[2:]]) for line in media]
    return b"\r\n".join([*lines, b""])
