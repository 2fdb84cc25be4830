"""What a vendor's SDK can do, written down as capabilities; this module is imported inside the SDK's own environment.

    @capability("audio in, audio out")
    async def audio_in_audio_out(there: There) -> None: ...

`python -m tests.sdk.witness openai --transport ws --only barge-in` plays those of tests/sdk/openai_python.py, each
against a mock of its own and in a process of its own, and prints one JSON object for each.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import httpx

__all__ = ["CAPABILITIES", "TRANSPORTS", "Capability", "There", "Transport", "capability"]

Transport = Literal["ws", "wss", "virtual"]
TRANSPORTS: tuple[Transport, ...] = ("ws", "wss", "virtual")
"""On the real clock without and with TLS; on the virtual clock, with TLS, at the vendor's production address."""

LIMIT_S = 20.0
"""How long a capability may take on the machine's clock, unless it asks for more: the slowest talk takes some 8 s."""

CONTROL_TIMEOUT_S = 10.0

_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The control port speaks plain HTTP; left to itself, httpx reads all the world's certificates for each client: 30 ms."""

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """Where the mock is that this capability has for itself: nobody else is connected to it, or orders trouble.

    Its seed is 0. `version` is the SDK's. On the virtual clock `production` is true: the SDK's own addresses lead to
    the mock, so it is to be given none. In each process SSL_CERT_FILE is the file that `ca_file` names.
    """

    url: str
    """`ws://127.0.0.1:PORT`, `wss://127.0.0.1:PORT`, or the production address; no slash at its end."""
    control_url: str
    version: str
    ca_file: Path | None = None
    production: bool = False

    @property
    def http_url(self) -> str:
        return self.url.replace("ws", "http", 1)

    async def trouble(
        self, do: Mapping[str, Any] | str, *, on: str | int = "all", times: int | None = None
    ) -> dict[str, Any]:
        """Order a trouble as the control port takes it: `await there.trouble({"go_away": {…}}, on="live")`.

        Returns what was ordered; its `id` is for `lift`.
        """
        return await self._asked("POST", "/trouble", {"do": do, "on": on, "times": times})

    async def lift(self, order: Mapping[str, Any]) -> None:
        await self._asked("DELETE", f"/trouble/{order['id']}")

    async def connections(self) -> list[int]:
        """The numbers of the connections that are open, oldest first."""
        return _numbers(await self._asked("GET", "/connections"))

    async def ledger(self, connection: int | None = None) -> Any:
        """What the mock received and sent, of one connection or of all."""
        return await self._asked("GET", _ledger(connection))

    def trouble_sync(
        self, do: Mapping[str, Any] | str, *, on: str | int = "all", times: int | None = None
    ) -> dict[str, Any]:
        return self._asked_sync("POST", "/trouble", {"do": do, "on": on, "times": times})

    def lift_sync(self, order: Mapping[str, Any]) -> None:
        self._asked_sync("DELETE", f"/trouble/{order['id']}")

    def connections_sync(self) -> list[int]:
        return _numbers(self._asked_sync("GET", "/connections"))

    def ledger_sync(self, connection: int | None = None) -> Any:
        return self._asked_sync("GET", _ledger(connection))

    async def _asked(self, method: str, path: str, body: object = None) -> Any:
        async with httpx.AsyncClient(verify=_PLAIN, trust_env=False, timeout=CONTROL_TIMEOUT_S) as client:
            return _told(await client.request(method, self.control_url + path, json=body))

    def _asked_sync(self, method: str, path: str, body: object = None) -> Any:
        with httpx.Client(verify=_PLAIN, trust_env=False, timeout=CONTROL_TIMEOUT_S) as client:
            return _told(client.request(method, self.control_url + path, json=body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that the SDK can do; it cannot if `play` raises."""

    name: str
    play: Callable[[There], Awaitable[None] | None]
    sync: bool = False
    versions: str = ""
    """Of the SDK, as PEP 440 writes it (`>=2.32,<4`); empty for all."""
    transports: tuple[Transport, ...] = TRANSPORTS
    settings: Mapping[str, object] = field(default_factory=dict)
    """Settings that this capability's mock gets."""
    limit_s: float = LIMIT_S

    @property
    def api(self) -> Literal["async", "sync"]:
        return "sync" if self.sync else "async"


CAPABILITIES: list[Capability] = []
"""Those of the modules that have been imported, in their order."""


def capability(
    name: str,
    *,
    sync: bool = False,
    versions: str = "",
    transports: tuple[Transport, ...] = TRANSPORTS,
    settings: Mapping[str, object] | None = None,
    limit_s: float = LIMIT_S,
) -> Callable[[Function], Function]:
    """Register a function as a capability of the SDK.

    Args:
        name: The same for all vendors where it means the same; an async and a sync function may share it.
        sync: It is no coroutine; then it is played on the real clock alone.
        versions: The versions of the SDK that have it at all, as PEP 440 writes it.
        transports: Where it can be played.
        settings: Settings of the mock: `{"session_cap_s": 2}`.
        limit_s: On the machine's clock; after it, the process is ended.
    """
    where: tuple[Transport, ...] = tuple(way for way in transports if not (sync and way == "virtual"))

    def register(play: Function) -> Function:
        twin = next((known for known in CAPABILITIES if (known.name, known.sync) == (name, sync)), None)
        if twin is not None:
            raise ValueError(f"there are two {twin.api} capabilities {name!r}: {twin.play} and {play}")
        CAPABILITIES.append(
            Capability(
                name=name,
                play=play,
                sync=sync,
                versions=versions,
                transports=where,
                settings=settings or {},
                limit_s=limit_s,
            )
        )
        return play

    return register


def _told(response: httpx.Response) -> Any:
    if response.is_error:
        raise RuntimeError(f"the control port says {response.status_code}: {response.text}")
    return response.json()


def _numbers(told: Mapping[str, Any]) -> list[int]:
    return [each["connection"] for each in told["connections"]]


def _ledger(connection: int | None) -> str:
    return "/ledger" if connection is None else f"/ledger/{connection}"


if __name__ == "__main__":
    # Not here: this module would be there twice, and the capabilities would register with the other one.
    from tests.sdk.playing import main

    main()
