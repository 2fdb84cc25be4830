"""The simulated network: who listens where, and what is under way between two sockets."""

from __future__ import annotations

import errno
import random
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.engines.virtual_time.clock import VirtualClock
from harness.engines.virtual_time.link import LinkProfile
from harness.engines.virtual_time.tcp import Address, FakeListener, FakeSocket, Segment, os_error

if TYPE_CHECKING:
    import asyncio

__all__ = ["LOOPBACK", "Dial", "Network"]

LOOPBACK = "127.0.0.1"
ANY = "0.0.0.0"

_FIRST_NUMBER = 1_000_000
"""Fake file descriptors begin far above what a process can open, so that a real one is never taken for one of ours."""

_FIRST_PORT = 40_001
"""Five digits, as Linux's ephemeral ports have: a port is text in the Host header, so its width moves byte counts."""

SYN_WAITS_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""How long Linux waits for an answer to each SYN before it sends the next, or gives up with ETIMEDOUT after 127 s
(tcp(7), tcp_syn_retries: "The default value is 6, which corresponds to retrying for up to approximately 127 seconds")."""


class Network:
    """All fake sockets of one run.

    Args:
        clock: Whose time it is.
        call_at: How to have something called at a time, exactly and in the order asked for.
        seed: Names the streams that delays are drawn from, one for each connection and direction.
    """

    def __init__(
        self,
        *,
        clock: VirtualClock,
        call_at: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
        link: LinkProfile,
        seed: int,
    ) -> None:
        self._clock = clock
        self._call_at = call_at
        self._link = link
        self._seed = seed
        self._numbers = _FIRST_NUMBER
        self._ports = _FIRST_PORT
        self._dials = 0
        self._open: dict[int, FakeListener | FakeSocket] = {}
        self._listeners: dict[Address, FakeListener] = {}
        self._routes: dict[Address, Address] = {}
        self._black_holes: dict[Address, None] = {}
        self._under_way: dict[int, deque[_UnderWay]] = {}
        self.on_segment: Callable[[FakeSocket, Segment, bytes], None] | None = None
        """Told of each segment when it is sent: by whom, what, and the bytes that it carries."""
        self.changed: dict[int, None] = {}
        """Sockets whose readiness may have changed, in the order in which it did."""

    @property
    def now_s(self) -> float:
        return self._clock.now_s

    # For those who build a scene

    def route(self, address: Address, to: Address) -> None:
        """From now on connections to `address` reach `to`."""
        self._routes[address] = to

    def destination(self, address: Address) -> Address:
        return self._routes.get(address, address)

    def swallow(self, address: Address) -> None:
        """From now on connection attempts to `address` get no answer at all, until `answer` is called."""
        self._black_holes[address] = None

    def answer(self, address: Address) -> None:
        self._black_holes.pop(address, None)

    def bind(self, host: str, port: int) -> FakeListener:
        """A listener-to-be on `host:port`; port 0 takes a free one.

        Raises:
            OSError: EADDRINUSE if somebody listens there; EADDRNOTAVAIL if the host is not this machine.
        """
        if host != ANY and not host.startswith("127."):
            raise os_error(errno.EADDRNOTAVAIL, f"could not bind on ({host!r}, {port})")
        if port == 0:
            port = self._free_port()
        if any((name, port) in self._listeners for name in ((host, ANY) if host != ANY else (LOOPBACK, ANY))):
            raise os_error(errno.EADDRINUSE, f"error while attempting to bind on address ({host!r}, {port})")
        return FakeListener(self, (host, port))

    def dial(self, address: Address, done: Callable[[FakeSocket | OSError], None]) -> Dial:
        """Begin to connect to `address`; `done` is called once, with what came of it."""
        self._dials += 1
        return Dial(self, address, number=self._dials, done=done)

    # For sockets

    def admit(self, endpoint: object) -> int:
        assert isinstance(endpoint, FakeListener | FakeSocket)
        self._numbers += 1
        self._open[self._numbers] = endpoint
        return self._numbers

    def dismiss(self, endpoint: FakeListener | FakeSocket) -> None:
        self._open.pop(endpoint.number, None)

    def poke(self, number: int) -> None:
        self.changed[number] = None

    def listen(self, listener: FakeListener) -> None:
        self._listeners[listener.getsockname()] = listener

    def stop_listening(self, listener: FakeListener) -> None:
        if self._listeners.get(listener.getsockname()) is listener:
            del self._listeners[listener.getsockname()]

    def transmit(self, source: FakeSocket, segment: Segment, data: bytes = b"") -> None:
        """Send a segment to the peer of `source`.

        What is written in one instant travels together, as it does between two processes on loopback, where the
        reader wakes up only when the writer is done.
        """
        if self.on_segment is not None:
            self.on_segment(source, segment, data)
        target = source.peer
        queue = self._under_way.setdefault(target.number, deque())
        if segment is Segment.DATA and queue and queue[-1].segment is segment and queue[-1].sent_s == self.now_s:
            queue[-1].data += data
            return
        queue.append(_UnderWay(segment, data, self.now_s))
        target.latest_s = max(self.now_s + self._link.delay_s(source.chance), target.latest_s)
        self.at(target.latest_s, lambda: self._arrive(target))

    def _arrive(self, target: FakeSocket) -> None:
        queue = self._under_way[target.number]
        under_way = queue.popleft()
        if not queue:
            del self._under_way[target.number]
        target.arrived(under_way.segment, bytes(under_way.data))

    # For the loop

    def get(self, number: int) -> FakeListener | FakeSocket | None:
        return self._open.get(number)

    def open_sockets(self) -> tuple[FakeListener | FakeSocket, ...]:
        """What has not been closed yet, in the order in which it was made."""
        return tuple(self._open.values())

    # For a connection that is being made

    def listener_at(self, address: Address) -> FakeListener | None:
        listener = self._listeners.get(address)
        if listener is None and address[0].startswith("127."):
            listener = self._listeners.get((ANY, address[1]))
        return listener

    def swallows(self, address: Address) -> bool:
        return address in self._black_holes

    def has_host(self, host: str) -> bool:
        """Whether there is anybody at `host` who could refuse: this machine, or a host that was given a route."""
        return host.startswith("127.") or any(host == name for name, _ in self._routes)

    def at(self, when_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return self._call_at(when_s, callback)

    def later(self, chance: random.Random, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Have `callback` called when a segment that is sent now has crossed the link."""
        return self._call_at(self.now_s + self._link.delay_s(chance), callback)

    def stream(self, dial: int, side: str) -> random.Random:
        return random.Random(f"{self._seed}/link/{dial}/{side}")

    def pair(
        self, dialled: Address, reached: Address, there: random.Random, back: random.Random
    ) -> tuple[FakeSocket, FakeSocket]:
        """The two ends of a new connection: the client's, the server's."""
        local = (LOOPBACK, self._free_port())
        client = FakeSocket(self, local, dialled, there)
        server = FakeSocket(self, reached, local, back)
        client.peer, server.peer = server, client
        return client, server

    def _free_port(self) -> int:
        while True:
            port, self._ports = self._ports, self._ports + 1
            if (LOOPBACK, port) not in self._listeners and (ANY, port) not in self._listeners:
                return port


class Dial:
    """One connect under way: SYN there, an answer back, and SYN again where there is none."""

    def __init__(
        self, network: Network, address: Address, *, number: int, done: Callable[[FakeSocket | OSError], None]
    ) -> None:
        self._network = network
        self._dialled = address
        self._address = network.destination(address)
        self._done = done
        self._there = network.stream(number, "there")
        self._back = network.stream(number, "back")
        self._client: FakeSocket | None = None
        self._unanswered = 0
        self._send_syn()

    def give_up(self) -> None:
        """The caller no longer waits: nothing more is sent, and a server that had answered gets RST."""
        self._timer.cancel()
        if self._client is not None:
            self._client.reset()

    def _send_syn(self) -> None:
        self._sent_s = self._network.now_s
        self._timer = self._network.later(self._there, self._syn_arrived)

    def _syn_arrived(self) -> None:
        network = self._network
        listener = network.listener_at(self._address)
        if network.swallows(self._address) or (listener is not None and listener.full):
            self._no_answer()
        elif listener is not None:
            self._client, server = network.pair(self._dialled, self._address, self._there, self._back)
            self._timer = network.later(self._back, self._answered)
            self._client.latest_s = self._timer.when()  # what the server sends at once may not come before its answer
            listener.answered(server)
        else:
            error = errno.ECONNREFUSED if network.has_host(self._address[0]) else errno.ENETUNREACH
            self._timer = network.later(self._back, lambda: self._fail(error))

    def _no_answer(self) -> None:
        again_s = self._sent_s + SYN_WAITS_S[self._unanswered]
        self._unanswered += 1
        if self._unanswered < len(SYN_WAITS_S):
            self._timer = self._network.at(again_s, self._send_syn)
        else:
            self._timer = self._network.at(again_s, lambda: self._fail(errno.ETIMEDOUT))

    def _answered(self) -> None:
        assert self._client is not None
        self._done(self._client)

    def _fail(self, number: int) -> None:
        self._done(os_error(number, f"Connect call failed {self._dialled}"))


class _UnderWay:
    """A segment between two sockets, and when it was sent."""

    __slots__ = ("data", "segment", "sent_s")

    def __init__(self, segment: Segment, data: bytes, sent_s: float) -> None:
        self.segment = segment
        self.data = bytearray(data)
        self.sent_s = sent_s
