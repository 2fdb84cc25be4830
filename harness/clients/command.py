"""A client that is a program: a child process in any language, which tells what happens to it if it likes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from harness.clients.child_protocol import (
    Asked,
    answer_line,
    audio_line,
    disconnect_line,
    environment,
    read_line,
    read_traits,
    text_line,
)
from harness.clients.client import ClientEvent, ClientSaid, Endpoints
from harness.clients.inferred_state import InferredState
from harness.clients.log import Log
from harness.clients.process import DRAINS_WITHIN_S, Child, NotStarted
from harness.clients.traits import Traits

__all__ = ["CommandClient"]

BEGINS_WITHIN_S = 45.0
"""From the start of the program to its first attempt to connect: the largest libraries take 15 s to import on a busy machine."""

READS_WITHIN_S = 1.0
"""A program may tell without reading: then it is asked to end as programs are, and soon enough for I21."""

EVENTS_WAITING_MAX = 1_000
"""What a child tells faster than it can be written down waits in its pipe."""


class CommandClient:
    """A `Client` whose other half is a child process; README.md says what the two tell each other.

    `start` first: the run begins when the child says `run.connecting`, or is seen to connect. A child that says nothing is
    judged by its connections; the caller speaks to one that has said `run.connected`. It tells its own front door's
    events (`run.connected`, `run.stream_ended`, …) in the stream of `events`, in the order in which it said them.

    Args:
        command: The program and its arguments, looked for on the PATH and from `directory`.
        asked: What it is to do, for its environment.
        variables: More for its environment.
        log: Takes what it prints that is no event.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        *,
        asked: Asked,
        endpoints: Endpoints,
        agent_sample_rate_hz: int,
        directory: Path | None = None,
        variables: Mapping[str, str] | None = None,
        log: Log | None = None,
    ) -> None:
        self.sample_rate_hz = asked.sample_rate_hz
        self.agent_sample_rate_hz = agent_sample_rate_hz
        self.began: Callable[[], None] = lambda: None
        """Called once when it begins to connect."""
        self._command = command
        self._directory = directory
        self._environment = {**os.environ, **environment(asked, endpoints), **(variables or {})}
        self._log = log or Log()
        self._child: Child | None = None
        self._following: asyncio.Task[None] | None = None
        self._told: asyncio.Queue[ClientEvent | None] = asyncio.Queue(EVENTS_WAITING_MAX)
        self._has_begun = asyncio.Event()
        self._hung_up = asyncio.Event()
        self._hang_up_failed = ""
        self._send_failed = ""
        self._speaks = False
        self._is_asked_to_stop = False
        self._said_traits: Traits | None = None
        self._owners_told: dict[str, None] = {}
        self._said_state = ""
        self._inferred = InferredState()

    # ── before the run ───────────────────────────────────────────────────────

    async def start(self, *, within_s: float = BEGINS_WITHIN_S) -> None:
        """Start the program and wait until it begins to connect.

        Raises:
            NotStarted: If it cannot be started, ends before it has connected, or does not connect in time.
        """
        self._child = await Child.start(
            self._command, environment=self._environment, directory=self._directory, log=self._log
        )
        self._following = asyncio.create_task(self._follow(), name="the client's process")
        over = asyncio.create_task(self._child.over())
        begun = asyncio.create_task(self._has_begun.wait())
        try:
            await asyncio.wait([over, begun], timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            begun.cancel()
        if self._has_begun.is_set():
            return
        if self._child.is_over:
            await asyncio.wait([self._following], timeout=2 * DRAINS_WITHIN_S)
            raise NotStarted(f"the client ended before it tried to connect: {self._how_it_ended()}")
        raise NotStarted(f"the client did not try to connect within {within_s:g} s{self._quoted()}")

    def begins(self) -> None:
        """It connects: now the run begins, if it has not yet."""
        if not self._has_begun.is_set():
            self._has_begun.set()
            self.began()

    # ── what is known of it ──────────────────────────────────────────────────

    @property
    def traits(self) -> Traits:
        """What it has said of itself. One that has said nothing is held to such events only as it does tell."""
        if self._said_traits is not None:
            return self._said_traits
        return Traits(tells=tuple(f"{owner}.*" if owner != "error" else owner for owner in sorted(self._owners_told)))

    @property
    def state(self) -> str:
        return self._said_state or self._inferred.value

    @property
    def crashed(self) -> str:
        """How it came to its end without being asked to; "" if it did not."""
        if self._child is None or not self._child.is_over or self._is_asked_to_stop:
            return ""
        return self._how_it_ended()

    def seen(self, kind: str, connection: int | None) -> None:
        """Something has happened on the wire."""
        self._inferred.seen(kind, connection)

    # ── Client ───────────────────────────────────────────────────────────────

    async def connect(self) -> None:
        """It connects by itself."""

    async def send_audio(self, pcm: bytes) -> None:
        await self._write(audio_line(pcm))
        self._raise_what_failed()

    async def send_text(self, text: str) -> None:
        await self._write(text_line(text))
        self._raise_what_failed()

    async def answer(self, call_id: str, result: str) -> None:
        await self._write(answer_line(call_id, result))
        self._raise_what_failed()

    async def events(self) -> AsyncIterator[ClientEvent]:
        """What it tells, until its process is over."""
        while (event := await self._told.get()) is not None:
            match event.kind:
                case "run.state":
                    self._says_state(event)
                    yield event
                case "run.disconnected" | "run.disconnect_failed":
                    self._hang_up_failed = _error(event) if event.kind == "run.disconnect_failed" else ""
                    self._inferred.told(event.kind)
                    self._hung_up.set()
                case "run.send_failed":
                    self._send_failed = _error(event)
                case _:
                    self._inferred.told(event.kind)
                    yield event

    async def disconnect(self) -> None:
        """Ask it to hang up, and wait until it says that it has, or is over. One that does not read gets a SIGTERM."""
        child = self._child
        if child is None or child.is_over or self._hung_up.is_set():
            self._is_asked_to_stop = True
            return
        if not self._is_asked_to_stop:
            self._is_asked_to_stop = True
            if self._speaks:
                child.write_soon(disconnect_line())
            else:
                child.close_input()
                child.terminate()
        if not await self._has_stopped(child, READS_WITHIN_S) and self._speaks and not child.has_read_all:
            child.terminate()
        await self._has_stopped(child, None)
        if self._hang_up_failed:
            raise ClientSaid(self._hang_up_failed)

    async def _has_stopped(self, child: Child, within_s: float | None) -> bool:
        over = asyncio.create_task(child.over())
        said = asyncio.create_task(self._hung_up.wait())
        try:
            done, _ = await asyncio.wait([over, said], timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            said.cancel()
        return bool(done)

    async def aclose(self) -> str:
        """Leave nothing of it. Gives what had to be killed; "" if nothing had."""
        if self._child is None:
            return ""
        self._is_asked_to_stop = True
        left = await self._child.aclose(**({} if self._speaks else {"leaves_within_s": 0.0}))
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        return left

    # ── its lines ────────────────────────────────────────────────────────────

    async def _follow(self) -> None:
        """Read what it tells until it is over, then tell that."""
        child = self._child
        assert child is not None
        reading = asyncio.create_task(self._read(child), name="standard output of the client")
        try:
            await child.over()
            await asyncio.wait([reading], timeout=DRAINS_WITHIN_S)
        finally:
            reading.cancel()
            await asyncio.wait([reading])
        self._inferred.over(child.exit_code)
        if self._said_state not in ("error", "disconnected"):
            self._said_state = ""
        await self._told.put(self._last_event(child))
        await self._told.put(None)

    async def _read(self, child: Child) -> None:
        async for line in child.lines():
            event = read_line(line)
            if event is None:
                self._log.add(line)
                continue
            self._speaks = True
            match event.kind:
                case "run.client":
                    self._said_traits = read_traits(event.fields)
                case "run.connecting":
                    self.begins()
                case "run.state" if not self._has_begun.is_set():
                    self._says_state(event)
                case _:
                    owner = event.kind.partition(".")[0]
                    if owner != "run":
                        self._owners_told[owner] = None
                    await self._told.put(event)

    def _says_state(self, event: ClientEvent) -> None:
        self._said_state = str(event.fields.get("state", ""))

    def _last_event(self, child: Child) -> ClientEvent:
        failed = child.exit_code and not self._is_asked_to_stop
        return ClientEvent(kind="run.stream_ended", fields={"error": self._how_it_ended()} if failed else {})

    async def _write(self, line: bytes) -> None:
        # Speech behind the request to hang up would be unread while the client hangs up, as if the request were.
        if self._child is not None and not self._is_asked_to_stop:
            await self._child.write(line)

    def _raise_what_failed(self) -> None:
        if self._send_failed:
            failed, self._send_failed = self._send_failed, ""
            raise ClientSaid(failed)

    def _how_it_ended(self) -> str:
        code = self._child.exit_code if self._child is not None else None
        if code is None:
            return ""
        how = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
        return f"{how}{self._quoted()}"

    def _quoted(self) -> str:
        last = self._log.last_lines
        return f"; its last lines: {last}" if last else ""


def _error(event: ClientEvent) -> str:
    return str(event.fields.get("error", "it did not say why"))
