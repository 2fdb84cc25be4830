"""The event loop of virtual time: CPython's own, over a clock that jumps and sockets that are ours.

Of asyncio's private names it uses `_scheduled`, `_clock_resolution`, `_transports`, `_asyncgens`, `_thread_id`,
`TimerHandle._scheduled` and the three of the self-pipe; a test plays the same run on each Python that it finds.

asyncio's signatures are generic in the arguments of a callback, which are only handed on here: hence `Any`, and the
type checker's objections put aside.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import socket
import threading
from asyncio import selector_events
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, cast
from weakref import WeakKeyDictionary, WeakValueDictionary

from harness.engines.engine import ConnectWatcher
from harness.engines.errors import HorizonReached, NothingLeft, NotSimulated, StepsExhausted
from harness.engines.virtual_time.clock import RESOLUTION_S, VirtualClock
from harness.engines.virtual_time.cures import ALL_CURES, Cure
from harness.engines.virtual_time.link import LinkProfile
from harness.engines.virtual_time.names import Names
from harness.engines.virtual_time.network import Network
from harness.engines.virtual_time.numbered import NumberedFuture, NumberedTask, NumberedTimer, OrderedWeakSet
from harness.engines.virtual_time.refusals import Refusals
from harness.engines.virtual_time.selector import JumpingSelector
from harness.engines.virtual_time.tcp import Address, FakeSocket
from harness.engines.virtual_time.waiting import where
from harness.engines.watchers import ConnectWatchers, WatchedTransports

__all__ = ["VirtualLoop"]


class VirtualLoop(Refusals, WatchedTransports, selector_events.BaseSelectorEventLoop):  # type: ignore[misc]  # add_signal_handler
    """Time stands still while anything can run, then jumps to the next timer.

    Args:
        clock: Read by all, moved by this loop alone.
        seed: Names the streams for link delays and timer slop.
        link: How long segments travel.
        timer_slop_s: Timers, but not segments, are late by a random part of this, as real ones are. Never early.
        horizon_s: When the run is over at the latest.
        max_steps: How many rounds the loop may make.
    """

    _scheduled: list[asyncio.TimerHandle]
    _transports: WeakValueDictionary[int, asyncio.Transport]
    _thread_id: int | None

    def __init__(
        self,
        *,
        clock: VirtualClock,
        seed: int = 0,
        link: LinkProfile,
        timer_slop_s: float,
        horizon_s: float,
        max_steps: int,
        cures: frozenset[Cure] = ALL_CURES,
    ) -> None:
        self.network = Network(clock=clock, call_at=self._call_exactly_at, link=link, seed=seed)
        self.horizon_s = horizon_s
        self.steps_left = max_steps
        self._max_steps = max_steps
        self._clock = clock
        self._slop_s = timer_slop_s
        self._slop_chance = random.Random(f"{seed}/slop")
        self._names = Names(self.network)
        self._watchers = ConnectWatchers()
        self._dialled: WeakKeyDictionary[socket.socket, FakeSocket] = WeakKeyDictionary()
        self._numbers = count(1)
        self._timer_numbers = count(1)
        self._task_names = count(1)
        self._timer: type[asyncio.TimerHandle] = NumberedTimer if Cure.TIMER_ORDER in cures else asyncio.TimerHandle
        self._numbering = Cure.IDENTITY in cures
        super().__init__(JumpingSelector(self.network, step=self._step, idle=self._idle))
        self._clock_resolution = RESOLUTION_S
        self._asyncgens = OrderedWeakSet[Any]()
        if self._numbering:
            self.set_task_factory(cast(Any, self._make_task))

    # What the harness asks for

    def watch(self, address: Address, watcher: ConnectWatcher) -> None:
        self._watchers.watch(address, watcher)

    def unwatch(self, address: Address) -> None:
        self._watchers.unwatch(address)

    def claim_name(self, host: str, port: int, address: Address) -> None:
        self._names.claim(host, port, address)

    def waiting(self) -> tuple[asyncio.Task[Any], ...]:
        """The tasks that are not done, in the order of creation."""
        return tuple(sorted(asyncio.all_tasks(self), key=lambda task: getattr(task, "number", 0)))

    def open_transports(self) -> tuple[asyncio.Transport, ...]:
        # The book forgets a transport only when nobody holds it any more; one whose socket is gone is over all the same.
        return tuple(
            transport
            for _, transport in sorted(self._transports.items())
            if getattr(transport, "_sock", None) is not None
        )

    def forget_tasks(self) -> None:
        """Let go of tasks that will not end, so that the loop can be closed over them."""
        for task in self.waiting():
            asyncio.tasks._unregister_task(task)
            cast(Any, task)._log_destroy_pending = False

    # Time

    def time(self) -> float:
        return self._clock.now_s

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        if self._slop_s:
            when += self._slop_s * self._slop_chance.random()
        return self._call_exactly_at(when, callback, *args, context=context)

    def _call_exactly_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        self._check_open()
        timer: Any = self._timer(when, callback, args, self, context)
        if isinstance(timer, NumberedTimer):
            timer.number = next(self._timer_numbers)
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return cast(asyncio.TimerHandle, timer)

    def _step(self) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise StepsExhausted(
                f"the loop went round {self._max_steps} times, and the run is at t={self._clock.now_s:.6g}s: "
                f"does something spin without waiting? Tasks: {self._tell_waiting()}"
            )

    def _idle(self, timeout: float | None) -> None:
        if timeout is None:
            raise NothingLeft(f"nothing left to happen at t={self._clock.now_s:.6g}s; waiting: {self._tell_waiting()}")
        # The timer's own time is taken over: adding the timeout to the clock would miss it by a rounding error.
        when = self._scheduled[0].when()
        if when > self.horizon_s:
            raise HorizonReached(
                f"the run was to be over by t={self.horizon_s:.6g}s, and the next thing to happen is at t={when:.6g}s; "
                f"waiting: {self._tell_waiting()}"
            )
        self._clock.now_s = max(self._clock.now_s, when)

    def _tell_waiting(self) -> str:
        return "; ".join(where(task) for task in self.waiting()) or "no task"

    # Identity

    def _make_task(self, loop: asyncio.AbstractEventLoop, coro: Any, **rest: Any) -> asyncio.Task[Any]:
        number = next(self._numbers)
        # asyncio counts names over all loops of a process: the second run would have other names than the first.
        if rest.get("name") is None:
            rest["name"] = f"Task-{next(self._task_names)}"
        return NumberedTask(coro, number=number, loop=loop, **rest)

    def create_future(self) -> asyncio.Future[Any]:
        if not self._numbering:
            return super().create_future()
        return NumberedFuture(number=next(self._numbers), loop=self)

    # Connections

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: str | None = None,
        port: int | None = None,
        *,
        ssl: Any = None,
        sock: Any = None,
        server_hostname: str | None = None,
        family: int = 0,
        proto: int = 0,
        flags: int = 0,
        local_addr: Any = None,
        happy_eyeballs_delay: float | None = None,
        interleave: int | None = None,
        all_errors: bool = False,
        **rest: Any,
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """As asyncio's. A name has one address here, so there is nothing to try one after another."""
        if sock is not None:
            sock = self._stand_in(sock, taken_over=True)
        elif host is None or port is None:
            raise ValueError("host and port was not specified and no sock specified")
        else:
            if ssl and server_hostname is None:
                server_hostname = host
            sock = await self._connect((self._names.resolve(host), int(port)))
        return await super().create_connection(
            protocol_factory, sock=sock, ssl=ssl, server_hostname=server_hostname, **rest
        )

    async def create_server(
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: str | Sequence[str] | None = None,
        port: int | None = None,
        *,
        sock: Any = None,
        family: int = 0,
        flags: int = 0,
        reuse_address: bool | None = None,
        reuse_port: bool | None = None,
        keep_alive: bool | None = None,
        **rest: Any,
    ) -> asyncio.Server:
        """As asyncio's, for one host: several would be several sockets, and all of them are this machine."""
        if sock is not None:
            raise NotSimulated("a listening socket of the real machine cannot serve here: pass host and port instead.")
        if host is not None and not isinstance(host, str):
            if len(host) != 1:
                raise NotSimulated(f"a virtual server listens on one host, and not on {host!r}.")
            host = host[0]
        listener = self.network.bind(self._names.resolve_for_listening(host), port or 0)
        server = await super().create_server(protocol_factory, sock=cast(Any, listener), **rest)
        if hasattr(server, "_clients"):  # from 3.13 on: a set of transports, walked by close_clients
            server._clients = OrderedWeakSet[Any]()
        return server

    async def getaddrinfo(
        self, host: Any, port: Any, *, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        address = (self._names.resolve(host), int(port or 0))
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> tuple[str, str]:
        return sockaddr[0], str(sockaddr[1])

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect for a client that makes its socket itself, as aiohttp does: a fake one stands in for it from here on."""
        if sock.family != socket.AF_INET or sock.type != socket.SOCK_STREAM:
            raise NotSimulated(f"{sock} is not TCP over IPv4, and the virtual network is nothing else.")
        self._dialled[sock] = await self._connect((self._names.resolve(address[0]), address[1]))

    async def sock_recv(self, sock: Any, n: int) -> bytes:
        return await super().sock_recv(self._stand_in(sock), n)

    async def sock_recv_into(self, sock: Any, buf: Any) -> int:
        return await super().sock_recv_into(self._stand_in(sock), buf)

    async def sock_sendall(self, sock: Any, data: Any) -> None:
        await super().sock_sendall(self._stand_in(sock), data)

    def _stand_in(self, sock: Any, *, taken_over: bool = False) -> Any:
        """The fake socket for one that was connected with `sock_connect`."""
        if isinstance(sock, FakeSocket):
            return sock
        if sock not in self._dialled:
            raise NotSimulated(f"{sock} was not connected by this loop: the virtual network knows nothing of it.")
        if not taken_over:
            return self._dialled[sock]
        sock.close()
        return self._dialled.pop(sock)

    async def _connect(self, address: Address) -> FakeSocket:
        with self._watchers.attempt(address, self.network.destination(address)) as connected:
            outcome: asyncio.Future[FakeSocket] = self.create_future()
            dial = self.network.dial(address, lambda result: _settle(outcome, result))
            try:
                sock = await outcome
            except asyncio.CancelledError:
                dial.give_up()
                raise
            connected.append(sock)
            return sock

    # Threads

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Any, *args: Any
    ) -> Any:
        """Run `func` here and now, whatever the executor: a thread would finish at a time that no seed decides."""
        future = self.create_future()
        try:
            result = func(*args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self.call_soon(_settle, future, error)
        else:
            self.call_soon(_settle, future, result)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """There is none."""

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.Handle:
        if self._thread_id is not None and self._thread_id != threading.get_ident():
            raise NotSimulated(
                "another thread calls into the loop, at a moment that no seed decides: run with '--clock real'."
            )
        return self.call_soon(callback, *args, context=context)

    # There is nobody outside who could wake this loop up, so it needs no pipe to itself.

    def _make_self_pipe(self) -> None: ...

    def _close_self_pipe(self) -> None: ...

    def _write_to_self(self) -> None: ...

    def _check_open(self) -> None:
        if self.is_closed():
            raise RuntimeError("Event loop is closed")


def _settle(future: asyncio.Future[Any], outcome: object) -> None:
    if future.cancelled():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
