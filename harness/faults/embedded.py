"""The embedded fault proxy: Toxiproxy's model on asyncio, in this process, on either clock.

Deviations from Toxiproxy are listed in README.md beside this file.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Literal

from harness.faults import addresses
from harness.faults.connection import Connection
from harness.faults.link import Link
from harness.faults.proxy import Address, ProxyError, Stream, ToxicSpec, Visitors
from harness.faults.toxics import TOXICS, ResetPeer, Toxic

__all__ = ["EmbeddedProxy", "EmbeddedServer", "InstalledToxic", "ProxyPlan"]

# How many clients may wait to be accepted.
BACKLOG = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledToxic:
    """A toxic as it stands on a proxy.

    `written_stream` is the stream as the caller wrote it, which the API echoes. `key` names the random streams: a toxic
    that comes back under its old name draws anew.
    """

    name: str
    stream: Stream
    written_stream: str
    toxic: Toxic
    toxicity: float
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyPlan:
    """A proxy that is wanted: addresses as `host:port`; `listen` "" or with port 0 is any free port."""

    name: str
    upstream: str
    listen: str = ""
    enabled: bool = True


class EmbeddedProxy:
    """One proxy. Changes are in force when a call returns, and no call waits for data to move."""

    def __init__(self, plan: ProxyPlan, *, seed: int, resettable: bool, forget: Callable[[], None]) -> None:
        self.name = plan.name
        self.enabled = False
        self.listen_text = plan.listen
        self.upstream_text = plan.upstream
        self._seed = seed
        self._resettable = resettable
        self._forget = forget
        self._listener: asyncio.Server | None = None
        self._visitors: Visitors | None = None
        self._turns_away = False
        self._changing = asyncio.Lock()
        self._accepted = 0
        self._connections: dict[int, Connection] = {}
        self._toxics: list[InstalledToxic] = []
        self._installed = 0

    @property
    def listen(self) -> Address:
        return addresses.address(self.listen_text)

    @property
    def upstream(self) -> Address:
        return addresses.address(self.upstream_text)

    @property
    def toxics(self) -> tuple[InstalledToxic, ...]:
        """The upstream chain, then the downstream one, each from the client's or the server's end."""
        return tuple(sorted(self._toxics, key=lambda installed: installed.stream == "downstream"))

    @property
    def live(self) -> tuple[int, ...]:
        """The connections that are open now, by the number in which they were accepted, from 1."""
        return tuple(self._connections)

    # ── on and off ───────────────────────────────────────────────────────────

    async def enable(self) -> None:
        """Listen again; nothing happens if it does. Raises ProxyError, status 500, if the port is taken."""
        async with self._changing:
            if not self.enabled:
                await self._start()

    async def disable(self) -> None:
        async with self._changing:
            await self._stop()

    async def refuse(self) -> None:
        async with self._changing:
            self._turn_away()

    async def accept_again(self) -> None:
        async with self._changing:
            if self.enabled and (self._listener is None or self._turns_away):
                await self._start()

    async def reset_connections(self) -> None:
        if not self._resettable:
            raise ProxyError(f"proxy {self.name} was not made to be reset: create it with resettable=True")
        await self._close_live(reset=True)

    async def close_connections(self) -> None:
        await self._close_live(reset=False)

    async def destroy(self) -> None:
        self._forget()
        await self.disable()
        self._stop_listening()

    def watch(self, visitors: Visitors) -> None:
        """Tell `visitors` of each client from now on, also of those that are refused.

        Behind a port that refuses there is nobody to see who came. So the port stays open while the proxy is watched, and
        who is to be refused is reset as it arrives, before a byte was read or written.
        """
        self._visitors = visitors

    async def update(
        self, *, listen: str | None = None, upstream: str | None = None, enabled: bool | None = None
    ) -> None:
        """Change addresses or state; None keeps. A new address closes the live connections.

        Raises:
            ProxyError: 500 with nothing changed if `listen` is no address, or with the proxy disabled if it is taken.
        """
        async with self._changing:
            listen = self.listen_text if listen is None else listen
            upstream = self.upstream_text if upstream is None else upstream
            enabled = self.enabled if enabled is None else enabled
            if self._differs(listen, upstream):
                await self._stop()
                self._stop_listening()
                self.listen_text, self.upstream_text = listen, upstream
            if enabled and not self.enabled:
                await self._start()
            elif not enabled:
                await self._stop()

    def same_as(self, plan: ProxyPlan) -> bool:
        return not self._differs(plan.listen, plan.upstream)

    def _differs(self, listen: str, upstream: str) -> bool:
        try:
            resolved = addresses.text(addresses.listening(listen))
        except addresses.AddressError as error:
            raise ProxyError(str(error), status=500) from None
        return resolved != self.listen_text or upstream != self.upstream_text

    # ── toxics ───────────────────────────────────────────────────────────────

    async def add_toxic(self, toxic: ToxicSpec) -> None:
        kind = TOXICS.get(toxic.type)
        if kind is None:
            raise ProxyError("invalid toxic type", status=400)
        self.install(toxic.name, toxic.stream, kind().with_attributes(toxic.attributes), toxic.toxicity)

    async def update_toxic(self, name: str, *, attributes: Mapping[str, int], toxicity: float | None = None) -> None:
        self.alter(name, attributes, toxicity)

    async def remove_toxic(self, name: str) -> None:
        self.uninstall(name)

    def toxic(self, name: str) -> InstalledToxic:
        """Raises ProxyError, status 404, if there is none of that name."""
        for installed in self._toxics:
            if installed.name == name:
                return installed
        raise ProxyError("toxic not found", status=404)

    def install(
        self, name: str, stream: Stream, toxic: Toxic, toxicity: float, *, written_stream: str | None = None
    ) -> InstalledToxic:
        """Put a toxic at the end of a chain, on live connections too. Names are unique over both chains."""
        _check(toxic)
        if any(installed.name == name for installed in self._toxics):
            raise ProxyError("toxic already exists", status=409)
        self._installed += 1
        installed = InstalledToxic(
            name=name,
            stream=stream,
            written_stream=written_stream or stream,
            toxic=toxic,
            toxicity=toxicity,
            key=f"{name}/{self._installed}",
        )
        self._toxics.append(installed)
        self._change_live(stream, lambda link, at: _add(link, installed, at))
        return installed

    def alter(self, name: str, attributes: Mapping[str, int], toxicity: float | None) -> InstalledToxic:
        """Merge attributes, or change the toxicity; all of it or, with an error, nothing."""
        old = self.toxic(name)
        toxic = old.toxic.with_attributes(attributes)
        _check(toxic)
        new = replace(old, toxic=toxic, toxicity=old.toxicity if toxicity is None else toxicity)
        self._toxics[self._toxics.index(old)] = new
        self._change_live(new.stream, lambda link, at: link.update(name, new.toxic, toxicity=new.toxicity, at=at))
        return new

    def uninstall(self, name: str) -> None:
        installed = self.toxic(name)
        self._toxics.remove(installed)
        self._change_live(installed.stream, lambda link, at: link.remove(name, at))

    def _change_live(self, stream: Stream, change: Callable[[Link, float], None]) -> None:
        at = asyncio.get_running_loop().time()
        for connection in tuple(self._connections.values()):
            connection.change(stream, lambda link: change(link, at))

    # ── listening and connections ────────────────────────────────────────────

    async def _start(self) -> None:
        self._turns_away = False
        if self._listener is not None:
            self.enabled = True
            return
        try:
            host, port = addresses.listening(self.listen_text)
        except addresses.AddressError as error:
            raise ProxyError(f"listen tcp: {error}", status=500) from None
        try:
            self._listener = await asyncio.get_running_loop().create_server(
                self._new_client, host, port, backlog=BACKLOG
            )
        except OSError as error:
            why = os.strerror(error.errno).lower() if error.errno else str(error)
            raise ProxyError(f"listen tcp {addresses.text((host, port))}: bind: {why}", status=500) from None
        bound = self._listener.sockets[0].getsockname()
        self.listen_text = addresses.text((bound[0], bound[1]))
        self.enabled = True

    async def _stop(self) -> None:
        self._turn_away()
        self.enabled = False
        await self._close_live(reset=False)

    def _turn_away(self) -> None:
        if self._visitors is None:
            self._stop_listening()
        else:
            self._turns_away = True

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _close_live(self, *, reset: bool) -> None:
        live = tuple(self._connections.values())
        for connection in live:
            connection.abort(reset=reset)
        for connection in live:
            await connection.closed

    def _new_client(self) -> asyncio.Protocol:
        self._accepted += 1
        number = self._accepted
        links: dict[Stream, Link] = {
            "upstream": Link(partial(self._chance, number, "upstream")),
            "downstream": Link(partial(self._chance, number, "downstream")),
        }
        now = asyncio.get_running_loop().time()
        for installed in self._toxics:
            _add(links[installed.stream], installed, now)
        return Connection(
            upstream=links["upstream"],
            downstream=links["downstream"],
            dial=self._dial,
            resets=any(isinstance(installed.toxic, ResetPeer) for installed in self._toxics),
            accepted=partial(self._admit, number),
            left=partial(self._left, number),
        ).client

    def _admit(self, number: int, connection: Connection) -> bool:
        if self._visitors is not None:
            self._visitors.connecting(number)
        # The kernel may have handed over a client just before the listener was closed.
        if self._listener is None:
            return False
        if self._turns_away:
            connection.resets = True
            if self._visitors is not None:
                self._visitors.refused(number, ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)))
            return False
        self._connections[number] = connection
        connection.closed.add_done_callback(lambda _: self._connections.pop(number, None))
        return True

    def _left(self, number: int, by_client: bool) -> None:
        if self._visitors is not None:
            (self._visitors.closed if by_client else self._visitors.shut)(number)

    async def _dial(self, factory: Callable[[], asyncio.Protocol]) -> None:
        try:
            host, port = addresses.address(self.upstream_text)
        except addresses.AddressError as error:
            raise OSError(str(error)) from None
        await asyncio.get_running_loop().create_connection(factory, host or addresses.LOOPBACK, port)

    def _chance(self, number: int, stream: str, key: str) -> Random:
        return Random(f"{self._seed}/{self.name}/{number}/{stream}/{key}")


class EmbeddedServer:
    """Many proxies in this process; `aclose`, or the end of `async with`, leaves no socket and no task.

    Args:
        seed: Of every draw: jitter, toxicity, the slicer's cuts. Equal seeds and equal connections draw equally.
    """

    kind: Literal["embedded", "toxiproxy"] = "embedded"
    version = "2.12.0"  # the Toxiproxy whose behaviour it has
    can_refuse_alone = True

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._proxies: dict[str, EmbeddedProxy] = {}
        self._changing = asyncio.Lock()

    @property
    def proxies(self) -> tuple[EmbeddedProxy, ...]:
        """All proxies, by name."""
        return tuple(self._proxies[name] for name in sorted(self._proxies))

    def proxy(self, name: str) -> EmbeddedProxy:
        """Raises ProxyError, status 404, if there is none of that name."""
        if name not in self._proxies:
            raise ProxyError("proxy not found", status=404)
        return self._proxies[name]

    async def create(self, name: str, upstream: Address, *, resettable: bool = False) -> EmbeddedProxy:
        return await self.add(ProxyPlan(name=name, upstream=addresses.text(upstream)), resettable=resettable)

    async def add(self, plan: ProxyPlan, *, resettable: bool = False) -> EmbeddedProxy:
        """A new proxy. Raises ProxyError: 409 if the name is taken, 500 if the address cannot be listened on."""
        async with self._changing:
            return await self._add(plan, resettable=resettable)

    async def populate(self, plans: Sequence[ProxyPlan]) -> tuple[EmbeddedProxy, ...]:
        """The proxies of `plans`: one that stands there already is kept with its toxics, a different one is replaced.

        Raises:
            PopulateError: At the first that cannot listen; it holds those that were done before it.
        """
        done: list[EmbeddedProxy] = []
        async with self._changing:
            for plan in plans:
                try:
                    done.append(await self._populate_one(plan))
                except ProxyError as error:
                    raise PopulateError(error.text, status=error.status, done=tuple(done)) from None
        return tuple(done)

    async def reset(self) -> None:
        """Every proxy listens, and no toxic is left. Live connections stay, but for those under a `timeout`."""
        async with self._changing:
            for proxy in self.proxies:
                for installed in proxy.toxics:
                    proxy.uninstall(installed.name)
            for proxy in self.proxies:
                await proxy.enable()

    async def aclose(self) -> None:
        async with self._changing:
            for proxy in self.proxies:
                await proxy.destroy()

    async def __aenter__(self) -> EmbeddedServer:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def _populate_one(self, plan: ProxyPlan) -> EmbeddedProxy:
        existing = self._proxies.get(plan.name)
        if existing is not None:
            if existing.same_as(plan):
                return existing
            await existing.destroy()
        return await self._add(plan, resettable=False)

    async def _add(self, plan: ProxyPlan, *, resettable: bool) -> EmbeddedProxy:
        if plan.name in self._proxies:
            raise ProxyError("proxy already exists", status=409)
        proxy = EmbeddedProxy(plan, seed=self._seed, resettable=resettable, forget=lambda: self._drop(plan.name, proxy))
        if plan.enabled:
            await proxy.enable()
        self._proxies[plan.name] = proxy
        return proxy

    def _drop(self, name: str, proxy: EmbeddedProxy) -> None:
        if self._proxies.get(name) is proxy:
            del self._proxies[name]


class PopulateError(ProxyError):
    """`populate` stopped half-way; `done` are the proxies before the one that failed."""

    def __init__(self, text: str, *, status: int, done: tuple[EmbeddedProxy, ...]) -> None:
        super().__init__(text, status=status)
        self.done = done


def _add(link: Link, installed: InstalledToxic, at: float) -> None:
    link.add(installed.name, installed.toxic, toxicity=installed.toxicity, at=at, key=installed.key)


def _check(toxic: Toxic) -> None:
    if (problem := toxic.problem()) is not None:
        raise ProxyError(f"invalid toxic attributes: {problem}", status=400)
