"""The control port of a server that stands alone: troubles are ordered and lifted over HTTP, and the ledger is read.

POST   /trouble      {"do": {"close_connection": {"code": 1011}}, "on": "live", "times": 1}  → 201 {"id": 1, …}
GET    /trouble      what was ordered and not lifted
DELETE /trouble/1    lift it
GET    /connections  the open connections, by number
GET    /ledger       what each connection received and sent, in numbers; of linked connections only: ?session=<word>
GET    /ledger/2     one connection, with its messages
DELETE /ledger       start it anew
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mock_servers.base.orders import Order, Scope
from mock_servers.base.protocol import Answer, Catalogue, Chunk, Request, Session
from mock_servers.base.refusal import plain_answer
from mock_servers.base.server import MockServer
from mock_servers.base.written_ledger import written_account, written_ledger
from mock_servers.base.written_trouble import read_trouble, write_trouble

__all__ = ["ControlPanel"]

SCOPES = ("live", "next", "all")
FIELDS = ("do", "on", "times")


class ControlPanel:
    """The panel of one mock server. It is a vendor itself, one that knows only REST: `MockServer(ControlPanel(mock))`."""

    name = "control"
    catalogue = Catalogue(server=frozenset(), client=frozenset())

    def __init__(self, mock: MockServer) -> None:
        self._mock = mock

    def asked(self, request: Request, now_s: float) -> Session | Answer:
        if request.is_upgrade:
            return plain_answer(400, "the control port speaks plain HTTP")
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["connections"]:
                return _answer(200, {"connections": [{"connection": number} for number in self._mock.live]})
            case "GET", ["trouble"]:
                return _answer(200, {"troubles": [_told(order) for order in self._mock.troubles]})
            case "POST", ["trouble"]:
                return self._order(request.body)
            case "DELETE", ["trouble", number]:
                return self._lift(number)
            case "GET", ["ledger"]:
                return _answer(200, written_ledger(self._mock.ledger, session=request.parameter("session")))
            case "GET", ["ledger", number]:
                return self._account(number)
            case "DELETE", ["ledger"]:
                self._mock.ledger.start_anew()
                return _answer(200, written_ledger(self._mock.ledger))
            case _, ["trouble"] | ["connections"] | ["ledger"] | ["trouble" | "ledger", _]:
                return plain_answer(405, f"{request.path} takes no {request.method}")
        return plain_answer(404, f"there is no {request.path}; there are /trouble, /connections and /ledger")

    def message(self, name: str, session: Session | None) -> dict[str, Any]:
        raise KeyError(name)

    def encode(self, message: Mapping[str, Any]) -> str | bytes:
        return json.dumps(message)

    def _order(self, body: bytes) -> Answer:
        try:
            wish = json.loads(body)
        except (ValueError, RecursionError):
            return plain_answer(400, "the body is no JSON")
        try:
            on, times = _scope(wish), _times(wish)
            handle = self._mock.trouble(read_trouble(wish.get("do")), on=on, times=times)
        except ValueError as wrong:
            return plain_answer(422, str(wrong))
        return _answer(201, {"id": handle.number, "hits": handle.hits})

    def _account(self, number: str) -> Answer:
        ledger = self._mock.ledger
        account = next((account for account in ledger if str(account.connection) == number), None)
        if account is None:
            return plain_answer(404, f"the ledger has no connection {number}")
        return _answer(200, written_account(account, ledger.cursors(account.connection)))

    def _lift(self, number: str) -> Answer:
        order = next((order for order in self._mock.troubles if str(order.number) == number), None)
        if order is None:
            return plain_answer(404, f"there is no trouble {number}, or it was lifted")
        self._mock.lift(order)
        return _answer(200, _told(order))


def _scope(wish: object) -> Scope:
    if not isinstance(wish, dict) or "do" not in wish:
        raise ValueError('an order is an object with "do", and with "on" and "times" if you like')
    unknown = next((field for field in wish if field not in FIELDS), None)
    if unknown is not None:
        raise ValueError(f"an order has no field {unknown!r}; it has {', '.join(FIELDS)}")
    on = wish.get("on", "all")
    match on:
        case "live" | "next" | "all":
            return on  # type: ignore[no-any-return]
        case int() if not isinstance(on, bool):
            return on
    raise ValueError(f"'on' is one of {', '.join(SCOPES)}, or the number of a connection")


def _times(wish: dict[str, Any]) -> int | None:
    times = wish.get("times")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int)):
        raise ValueError("'times' is a whole number, or left out")
    return times


def _told(order: Order) -> dict[str, Any]:
    return {
        "id": order.number,
        "do": write_trouble(order.trouble),
        "on": order.scope,
        "times": order.times,
        "hits": order.hits,
        "in_force": order.in_force,
    }


def _answer(status: int, body: object) -> Answer:
    return Answer(
        status=status,
        headers=(("content-type", "application/json"),),
        body=(Chunk(data=json.dumps(body, default=str).encode()),),
    )
