"""The stage of one case: mock server, fault proxy and client, joined by sockets, with the recorder watching."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from harness.clients import Client, Endpoints
from harness.clients.command import CommandClient
from harness.clients.log import Log
from harness.clients.named import Way, is_command
from harness.engines import WatchedLoop
from harness.faults import EmbeddedProxy, Proxy, ProxyServer, ToxicSpec
from harness.replay.script import Connection
from harness.runner import registry
from harness.runner.first_visit import FirstVisit
from harness.runner.keyring import API_KEY, Keyring
from harness.runner.own_faults import as_client
from harness.runner.recorder import Recorder
from harness.runner.saboteur import Effect, check_target
from harness.runner.wire import Wire
from harness.scenario.model import Action, Blackhole, Case, Down, Drop, Refuse, Reset, RotateKey, ToxicAction

__all__ = ["Stage", "needs_embedded_proxy"]

STREAMS = {"up": ("upstream",), "down": ("downstream",), "both": ("upstream", "downstream")}


def needs_embedded_proxy(case: Case) -> str | None:
    """Why this case cannot be played behind Toxiproxy, or None if it can.

    Toxiproxy cannot refuse new connections and keep the live ones: `enabled: false` ends both.
    """
    if is_command(case):
        return "what a client in a process of its own does with its sockets is seen there"
    cut = False
    for fault in case.faults:
        if isinstance(fault.do, Refuse) and not cut:
            return "Toxiproxy cannot refuse new connections while it keeps the live ones"
        cut = isinstance(fault.do, Reset | Drop)
    return None


class Stage:
    """Set up by `build`, cleared by `aclose`; in between it carries out the saboteur's actions.

    Each endpoint of the provider has a proxy and a mock server of its own (they share one vendor, so one conversation):
    faults hit the session's connection and leave the calls beside it alone.
    """

    def __init__(
        self,
        case: Case,
        *,
        seed: int,
        clock: str,
        way: Way | None,
        proxy_server: ProxyServer,
        recorder: Recorder,
        log: Log | None = None,
        replays: bool = False,
    ) -> None:
        self._case = case
        self._replays = replays
        self._reached: Callable[[int], None] = lambda number: None
        self._seed = seed
        self._clock = clock
        self._way = way
        self._log = log
        self._proxy_server = proxy_server
        # Unique on a Toxiproxy that several cases share, and the same in every run of this one.
        self._name = hashlib.sha256(f"{case.id} {seed}".encode()).hexdigest()[:12]
        self.wire = Wire(
            recorder,
            endpoint=registry.SESSION,
            heard=lambda connection: self._mocks[registry.SESSION].heard(connection),
        )
        self._mocks: dict[str, registry.Mock] = {}
        self._proxies: dict[str, Proxy] = {}
        self._toxics = 0
        self._ca_file: Path | None = None
        self._keys = Keyring(API_KEY)

    async def build(self) -> Client:
        case = self._case
        resettable = any(isinstance(fault.do, Reset) for fault in case.faults)
        urls: dict[str, str] = {}
        tls = self._way is not None and self._way.tls
        reached = (lambda number: self._reached(number)) if self._replays else None
        mocks = registry.mocks(case, seed=self._seed, wire=self.wire, tls=tls, keys=self._keys, reached=reached)
        for endpoint, mock in mocks.items():
            self._mocks[endpoint] = mock
            await mock.start()
            proxy = await self._proxy_server.create(
                f"{endpoint}-{self._name}",
                ("127.0.0.1", mock.port),
                resettable=resettable and endpoint == registry.SESSION,
            )
            self._proxies[endpoint] = proxy
            urls[endpoint] = mock.url_at(proxy.listen)
        made = as_client().run(self._client, self._endpoints(urls))
        if isinstance(made, CommandClient):
            proxy = self._session_proxy
            assert isinstance(proxy, EmbeddedProxy), "the sockets of a command are seen by the embedded proxy only"
            proxy.watch(FirstVisit(self.wire, made.begins))
        else:
            _loop().watch(self._session_proxy.listen, self.wire)
        return made

    def _client(self, endpoints: Endpoints) -> Client:
        return registry.client(self._case, endpoints, way=self._way, clock=self._clock, log=self._log)

    def _endpoints(self, urls: Mapping[str, str]) -> Endpoints:
        authority = self._mocks[registry.SESSION].authority
        if authority is not None:
            self._ca_file = ca_file(authority)
        is_program = self._way is not None and self._way.is_command(self._clock)
        return Endpoints(
            urls=urls,
            authority=authority,
            ca_file=str(self._ca_file) if self._ca_file is not None else None,
            api_key=self._keys.text,
            key_source=self._keys.fetch,
            key_file=str(self._keys.written()) if is_program else None,
        )

    async def aclose(self) -> None:
        if registry.SESSION in self._proxies:
            _loop().unwatch(self._session_proxy.listen)
        for proxy in self._proxies.values():
            await proxy.destroy()
        for mock in self._mocks.values():
            await mock.aclose()
        if self._ca_file is not None:
            self._ca_file.unlink(missing_ok=True)
        self._keys.remove()

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Where the client finds each endpoint."""
        return {endpoint: proxy.listen for endpoint, proxy in self._proxies.items()}

    # ── what the director of a replay asks for ───────────────────────────────

    def listen_for_marks(self, reached: Callable[[int], None]) -> None:
        self._reached = reached

    def expect(self, connection: Connection) -> Effect | None:
        return self._mocks[registry.SESSION].expect(connection)

    async def refuse_connections(self, refuse: bool) -> None:
        await (self._session_proxy.refuse() if refuse else self._session_proxy.accept_again())

    # ── what the saboteur asks for ───────────────────────────────────────────

    @property
    def live_connections(self) -> tuple[int, ...]:
        return tuple(attempt.number for attempt in self.wire.live)

    def begin(self, action: Action, *, on: str | int, times: int | None) -> Effect:
        if isinstance(action, RotateKey):
            return self._rotate_key()
        check_target(action, on, self.live_connections)
        if action.layer != "tcp":
            return self._trouble(action, on=on, times=times)
        proxy = self._session_proxy
        match action:
            case Reset():
                self.wire.cut(reset=True)
                return _Effect(self.wire, proxy.reset_connections)
            case Drop():
                self.wire.cut(reset=False)
                return _Effect(self.wire, proxy.close_connections)
            case Down():
                self.wire.cut(reset=False)
                return _Effect(self.wire, proxy.disable, proxy.enable)
            case Refuse():
                if self._proxy_server.can_refuse_alone:
                    return _Effect(self.wire, proxy.refuse, proxy.accept_again)
                self.wire.cut(reset=False)
                return _Effect(self.wire, proxy.disable, proxy.enable)
            case Blackhole():
                return _Toxics(proxy, "timeout", {"timeout": 0}, "both", 1.0, number=self._number(), cut=self.wire)
            case ToxicAction():
                closes = self.wire if action.type == "timeout" else None
                return _Toxics(
                    proxy,
                    action.type,
                    action.attributes,
                    action.stream,
                    action.toxicity,
                    number=self._number(),
                    cut=closes,
                )
        raise AssertionError(f"no way to play {action!r}")

    def _number(self) -> int:
        self._toxics += 1
        return self._toxics

    def _trouble(self, action: Action, *, on: str | int, times: int | None) -> Effect:
        target = self.wire.server_connection(on) if isinstance(on, int) else on
        return self._mocks[registry.SESSION].trouble(action, on=target, times=times)

    def _rotate_key(self) -> Effect:
        expired = self._keys.rotate()
        effects = [mock.expire(expired) for mock in self._mocks.values()]
        return effects[0]

    @property
    def _session_proxy(self) -> Proxy:
        return self._proxies[registry.SESSION]


class _Effect:
    """An action of the proxy: one call begins it, another one ends it."""

    def __init__(self, wire: Wire, begin: Any, end: Any = None) -> None:
        self._wire = wire
        self._begin = begin
        self._end = end

    async def settle(self) -> None:
        await self._begin()
        self._wire.cut_through()

    async def lift(self) -> None:
        if self._end is not None:
            await self._end()


class _Toxics:
    """The same toxic on one stream or both. Toxiproxy closes what it held back when a `timeout` toxic is removed, so
    then the connections are `cut`."""

    def __init__(
        self,
        proxy: Proxy,
        type_: str,
        attributes: Mapping[str, int],
        stream: str,
        toxicity: float,
        *,
        number: int,
        cut: Wire | None,
    ) -> None:
        self._proxy = proxy
        self._cut = cut
        self._toxics = [
            ToxicSpec(
                name=f"{type_}_{name}_{number}",
                type=type_,
                stream=cast(Any, name),
                attributes=dict(attributes),
                toxicity=toxicity,
            )
            for name in STREAMS[stream]
        ]

    async def settle(self) -> None:
        for toxic in self._toxics:
            await self._proxy.add_toxic(toxic)

    async def lift(self) -> None:
        if self._cut is not None:
            self._cut.cut(reset=False)
        for toxic in self._toxics:
            await self._proxy.remove_toxic(toxic.name)
        if self._cut is not None:
            self._cut.cut_through()


def ca_file(authority: str) -> Path:
    """A new file with this certificate authority, for clients that take a path."""
    number, name = tempfile.mkstemp(prefix="deadair-ca-", suffix=".pem")
    with os.fdopen(number, "w", encoding="ascii") as file:
        file.write(authority)
    return Path(name)


def _loop() -> WatchedLoop:
    return cast(WatchedLoop, asyncio.get_running_loop())
