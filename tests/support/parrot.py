"""A vendor that only exists here: small enough to see the server through it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mock_servers.base.protocol import (
    Abort,
    Action,
    Answer,
    Catalogue,
    Chunk,
    Close,
    Heard,
    Ready,
    Request,
    Send,
    Session,
)
from mock_servers.base.trouble import ProviderError, Reject, Trouble, Unsupported

SERVER = frozenset({"hello", "echo", "tick", "squawk", "noise", "error"})
CLIENT = frozenset({"say", "count", "bye", "drop", "cut", "flood"})


def said(name: str, **fields: Any) -> Send:
    body = {"type": name, **fields}
    return Send(name=name, payload=json.dumps(body), body=body)


class ParrotSession:
    response_headers: tuple[tuple[str, str], ...] = (("x-parrot", "grey"),)

    def __init__(self, subprotocol: str | None) -> None:
        self.subprotocol = subprotocol
        self.ticks: list[float] = []
        self.rejected: list[str] = []
        self.closed_at_s: float | None = None
        self.heard_times_s: list[float] = []

    def opened(self, now_s: float) -> list[Action]:
        return [said("hello"), Ready()]

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        self.heard_times_s.append(now_s)
        if isinstance(payload, bytes):
            return [Heard(name="say", body={"bytes": len(payload)}), Send(name="echo", payload=payload, body={})]
        try:
            message = json.loads(payload)
        except ValueError:
            return [said("error", message="no JSON")]
        name = str(message.get("type"))
        heard = Heard(name=name, body=message)
        if name in self.rejected:
            return [heard, said("error", message=f"no {name}")]
        match name:
            case "say":
                return [heard, said("echo", text=message["text"])]
            case "count":
                self.ticks += [now_s + 1.0 + n for n in range(message["to"])]
                return [heard]
            case "flood":
                return [heard, *(said("noise", text="x" * 1024) for _ in range(message["kilobytes"]))]
            case "bye":
                return [heard, Close(code=message.get("code", 1000), reason=message.get("reason", ""))]
            case "drop":
                return [heard, Abort()]
            case "cut":
                return [heard, Abort(reset=True)]
        return [heard, said("error", message="unknown")]

    def passed(self, now_s: float) -> list[Action]:
        due = [tick for tick in self.ticks if tick <= now_s]
        self.ticks = self.ticks[len(due) :]
        return [said("tick", at=tick) for tick in due]

    def wake_at_s(self) -> float | None:
        return self.ticks[0] if self.ticks else None

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        match trouble:
            case Reject(name=name):
                self.rejected.append(name)
                return []
            case ProviderError(code=code):
                return [said("error", message=code)]
        raise Unsupported("a parrot knows reject and provider errors only")

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        assert isinstance(trouble, Reject)
        self.rejected.remove(trouble.name)
        return [said("squawk", relieved=trouble.name)]

    def closed(self, now_s: float) -> None:
        assert self.closed_at_s is None
        self.closed_at_s = now_s


class Parrot:
    name = "parrot"
    catalogue = Catalogue(server=SERVER, client=CLIENT)
    harmless = "squawk"

    def __init__(self, *, ping_interval_s: float | None = None, compresses: bool = False) -> None:
        self.ping_interval_s = ping_interval_s
        self.compresses = compresses
        self.requests: list[Request] = []
        self.sessions: list[ParrotSession] = []

    def asked(self, request: Request, now_s: float) -> Session | Answer:
        self.requests.append(request)
        match request.path:
            case "/live":
                offered = request.header("sec-websocket-protocol")
                session = ParrotSession("parrot" if offered and "parrot" in offered else None)
                self.sessions.append(session)
                return session
            case "/echo":
                return Answer(
                    status=200,
                    headers=(("content-type", "text/plain"),),
                    body=(Chunk(data=request.body),),
                    client_name="ask",
                    client_body={"length": len(request.body)},
                    server_name="answer",
                )
            case "/slow":
                return Answer(status=200, body=tuple(Chunk(data=b"%d" % n, after_s=1.0) for n in range(3)))
        return Answer(status=404, headers=(("x-parrot", "lost"),), body=(Chunk(data=b"no such branch"),))

    def message(self, name: str, session: Session | None) -> dict[str, Any]:
        if name not in SERVER:
            raise KeyError(name)
        return {"type": name}

    def encode(self, message: Mapping[str, Any]) -> str | bytes:
        return json.dumps(message)

    def error_answer(self, status: int) -> Answer:
        return Answer(
            status=status,
            headers=(("content-type", "application/json"),),
            body=(Chunk(data=json.dumps({"parrot": status}).encode()),),
        )
