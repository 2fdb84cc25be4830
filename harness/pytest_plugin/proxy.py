"""`deadair_proxy`: the fault proxy in front of an address, on the loop that runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from harness.errors import DeadairError
from harness.faults import EmbeddedProxy, EmbeddedServer, Stream, ToxicSpec
from harness.pytest_plugin.action import Said, read_action
from harness.scenario.model import Blackhole, Down, Drop, Refuse, Reset, ToxicAction

__all__ = ["FaultProxy", "ProxyEffect", "ProxyMaker"]

STREAMS: dict[str, tuple[Stream, ...]] = {
    "up": ("upstream",),
    "down": ("downstream",),
    "both": ("upstream", "downstream"),
}


@dataclass(frozen=True, slots=True)
class ProxyEffect:
    """Something that was done to the connections; what lasts is ended by `lift`."""

    _lift: tuple[Callable[[], Awaitable[None]], ...] = ()

    async def lift(self) -> None:
        for lift in self._lift:
            await lift()


class FaultProxy:
    """One proxy. Clients are led to `address` in the place of what is behind it."""

    def __init__(self, proxy: EmbeddedProxy) -> None:
        self._proxy = proxy
        self._toxics = 0

    @property
    def address(self) -> tuple[str, int]:
        return self._proxy.listen

    def url(self, behind: str) -> str:
        """The same address, `ws://127.0.0.1:8765/v1/realtime`, through this proxy."""
        host, port = self.address
        return urlunsplit(urlsplit(behind)._replace(netloc=f"{host}:{port}"))

    async def do(self, said: Said) -> ProxyEffect:
        """Do to its connections what a scenario's `do:` says of TCP: `"reset"`, `"down"`, `{"latency": "400ms"}`. It is
        in force on return.

        Raises:
            LoadError: If there is no such action.
            DeadairError: If it is none of TCP: what a provider does is done by its mock.
        """
        __tracebackhide__ = True
        asked = read_action(said)
        match asked:
            case Reset():
                await self._proxy.reset_connections()
                return ProxyEffect()
            case Drop():
                await self._proxy.close_connections()
                return ProxyEffect()
            case Down():
                await self._proxy.disable()
                return ProxyEffect((self._proxy.enable,))
            case Refuse():
                await self._proxy.refuse()
                return ProxyEffect((self._proxy.accept_again,))
            case Blackhole():
                return await self._toxic(ToxicAction(type="timeout", attributes={"timeout": 0}))
            case ToxicAction():
                return await self._toxic(asked)
        raise DeadairError(f"{said!r} is what a provider does: ask its mock, 'mock.do({said!r})'.")

    @asynccontextmanager
    async def during(self, said: Said) -> AsyncIterator[ProxyEffect]:
        """`do`, and its end with the block."""
        effect = await self.do(said)
        try:
            yield effect
        finally:
            await effect.lift()

    async def _toxic(self, asked: ToxicAction) -> ProxyEffect:
        self._toxics += 1
        lifts = []
        for stream in STREAMS[asked.stream]:
            name = f"{asked.type}_{stream}_{self._toxics}"
            await self._proxy.add_toxic(
                ToxicSpec(
                    name=name, type=asked.type, stream=stream, attributes=asked.attributes, toxicity=asked.toxicity
                )
            )
            lifts.append(_removed(self._proxy, name))
        return ProxyEffect(tuple(lifts))


def _removed(proxy: EmbeddedProxy, name: str) -> Callable[[], Awaitable[None]]:
    return lambda: proxy.remove_toxic(name)


class ProxyMaker:
    """`async with deadair_proxy(address) as proxy`, on whichever loop the test runs; several may stand in a row."""

    @asynccontextmanager
    async def __call__(self, behind: tuple[str, int], *, seed: int = 0) -> AsyncIterator[FaultProxy]:
        """A proxy in front of `behind`, a host and a port; gone with the block. `seed` decides what toxics leave to chance."""
        async with aclosing(EmbeddedServer(seed=seed)) as server:
            yield FaultProxy(await server.create("proxy", behind, resettable=True))
