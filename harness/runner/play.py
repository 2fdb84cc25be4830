"""Playing one case: from an empty stage to a finished trace."""

from __future__ import annotations

import asyncio
import functools
import platform
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.clients import Client, ClientEvent, traits_of
from harness.clients.command import CommandClient
from harness.clients.log import Log
from harness.clients.named import Way, way_of
from harness.errors import DeadairError
from harness.faults import ProxyServer
from harness.replay.script import Script
from harness.runner.caller import Caller
from harness.runner.director import Director
from harness.runner.endpoint_names import EndpointNames
from harness.runner.keyring import API_KEY
from harness.runner.own_faults import Uncaught, as_client, let_go
from harness.runner.recorder import Recorder, events_max
from harness.runner.registry import SAMPLE_RATES_HZ, with_session
from harness.runner.saboteur import Saboteur
from harness.runner.stage import Stage
from harness.runner.telling import client_kind, json_safe, words
from harness.scenario.model import Case, Tls
from harness.trace import AGENT_STREAM, End, Header, PositionReader, Trace, TraceWriter, redact

__all__ = ["NotPlayable", "play"]


class NotPlayable(DeadairError):
    """The case asks for what this clock cannot do; the message says what."""


LOOK_EVERY_S = 0.1
"""How often it is asked whether the run is over, and what state the client is in; the latter at every event too."""

STOP_WITHIN_S = 5.0
"""How long a client may take to stop when its stage is cleared; its `disconnect()` is under test elsewhere."""

CATCHES_UP_S = 0.2

CLIENT_ERRORS = (Exception, SystemExit)
"""What a client may raise and only break itself; one that asks for the end of the process does not get it."""

BREATHES_EVERY = 100
"""After so many events in a row everybody else has a turn, also beside a client that has them all at once."""

LIVE_STATES = frozenset({"connected", "active"})


async def _nobody() -> str:
    return ""


async def play(
    case: Case,
    *,
    seed: int,
    clock: str,
    proxy_server: ProxyServer,
    open_trace: Callable[[Header], TraceWriter] | None = None,
    late_us: Callable[[float], int] = lambda since_s: 0,
    left_behind: Callable[[], Awaitable[str]] = _nobody,
    client_log: Path | None = None,
    starting: asyncio.Semaphore | None = None,
    script: Script | None = None,
) -> Trace:
    """Play `case` on the running loop and give what was recorded. Everything that it opened is closed on return.

    Args:
        seed: Decides all that is left to chance; the same seed on the virtual clock gives the same trace.
        proxy_server: Where the case's proxies are made; stays open.
        open_trace: Opens the file that is written while the case is played, so that a run that dies leaves its traces.
        late_us: How late this host's timers have been at worst, from a time of the loop until now.
        left_behind: Says what still runs when all that is ours is closed; "" for nothing. Only where cases are played
            one after the other can it be said whose it is.
        client_log: Takes what a client in a process of its own prints.
        starting: Held while such a client starts: what that costs would be felt by all others.
        script: What the server did in another run, to be done again in the place of the case's own faults; behind the
            embedded proxy only.
    """
    way = way_of(case)
    _check_playable(case, way, clock)
    case = with_session(case)
    loop = asyncio.get_running_loop()
    caller_hz, agent_hz = SAMPLE_RATES_HZ[case.provider]
    header = Header(
        case=case.model_dump(mode="json"),
        seed=seed,
        clock=clock,
        proxy=proxy_server.kind,
        audio_rates_hz={"caller": caller_hz, "agent": agent_hz},
        environment={"python": platform.python_version(), "system": platform.system(), "proxy": proxy_server.version}
        | ({"replay": True} if script is not None else {}),
    )
    writer: TraceWriter | None = None
    run_clock = _RunClock(loop)
    recorder = Recorder(
        now_us=run_clock.now_us,
        write=lambda event: writer.append(event) if writer else None,
        events_max=events_max(case.expect.end.by_us),
    )
    uncaught = Uncaught(lambda error: recorder.tell("run.unhandled", fields={"error": words(error)}))
    try:
        with uncaught.watching():
            log = Log(client_log, clean=lambda line: redact(line.replace(API_KEY, "<key>")))
            stage = Stage(
                case,
                seed=seed,
                clock=clock,
                way=way,
                proxy_server=proxy_server,
                recorder=recorder,
                log=log,
                replays=script is not None,
            )
            client: Client | None = None
            left = ""
            try:
                client = await stage.build()
                if isinstance(client, CommandClient):
                    async with starting or nullcontext():
                        await _begun(client, recorder)
                header = replace(header, client=_traits(client, way))
                writer = open_trace(header) if open_trace is not None else None
                starts_s = run_clock.starts_s
                end = await _Call(
                    case,
                    client=client,
                    stage=stage,
                    recorder=recorder,
                    uncaught=uncaught,
                    late_us=lambda: late_us(starts_s),
                    script=script,
                ).run()
            finally:
                recorder.close()
                if isinstance(client, CommandClient):
                    left = await client.aclose()
                await stage.aclose()
            end = _with_what_is_left(end, left)
            end = _with_what_is_left(end, await left_behind())
        _raise_first(uncaught.own_fault, recorder.failure)
        if writer is not None and open_trace is not None and header.client != (known := _traits(client, way)):
            # A client in a process of its own has said meanwhile who it is.
            writer.close()
            header = replace(header, client=known)
            writer = open_trace(header)
            for event in recorder.events:
                writer.append(event)
        if writer is not None:
            writer.finish(end)
    finally:
        if writer is not None:
            writer.close()
    return Trace(header=header, events=tuple(recorder.events), end=end)


async def _begun(client: CommandClient, recorder: Recorder) -> None:
    """Start the client, and wait until it connects. What happens meanwhile is kept for those who will listen then."""
    recorder.hold()
    client.began = lambda: recorder.tell("run.connecting")
    await asyncio.create_task(client.start(), name="start", context=as_client())


def _traits(client: Client, way: Way | None) -> Mapping[str, Any]:
    own = traits_of(client)
    return own if way is None else way.traits(own)


class _RunClock:
    """Microseconds since the run began, which is when it is first asked: at the first thing that is told."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    @functools.cached_property
    def starts_s(self) -> float:
        return self._loop.time()

    def now_us(self) -> int:
        starts_s = self.starts_s
        return round((self._loop.time() - starts_s) * 1e6)


def _check_playable(case: Case, way: Way | None, clock: str) -> None:
    if way is not None and way.is_command(clock) and clock == "virtual":
        raise NotPlayable(f"{case.place}: the client {way.name} is a program, which runs on the real clock only")
    fault = next((fault for fault in case.faults if isinstance(fault.do, Tls)), None)
    if fault is not None and clock == "virtual":
        raise NotPlayable(
            f"{case.place}: the fault '{fault.id}' is of TLS, which goes wrong on the real clock only; write 'clock: real'"
        )


def _with_what_is_left(end: End, left: str) -> End:
    if left and end.why == "left-behind":
        return replace(end, detail=f"{end.detail}; {left}")
    return replace(end, why="left-behind", detail=left) if left and end.why in ("settled", "deadline") else end


def _raise_first(*failures: Exception | None) -> None:
    for failure in failures:
        if failure is not None:
            raise failure


class _Call:
    """The call itself: the client connects, the caller talks, the saboteur strikes, until the run is over."""

    def __init__(
        self,
        case: Case,
        *,
        client: Client,
        stage: Stage,
        recorder: Recorder,
        uncaught: Uncaught,
        late_us: Callable[[], int],
        script: Script | None = None,
    ) -> None:
        self._end = case.expect.end
        self._client = client
        self._recorder = recorder
        self._uncaught = uncaught
        self._late_us = late_us
        self._names = EndpointNames(stage.addresses)
        # A replay of what never settled lasts as long as it may.
        settled_us = 0 if script is None else script.settled_us
        self._settles_from_us = float("inf") if settled_us is None else settled_us
        self._saboteur: Saboteur | Director
        if script is None:
            self._saboteur = Saboteur(case.faults, recorder=recorder, sabotage=stage)
        else:
            self._saboteur = Director(script, recorder=recorder, stage=stage)
        self._connected = asyncio.Event()
        self._caller = Caller(
            case.script, client=client, recorder=recorder, connected=self._connected, hang_up=self._hang_up
        )
        self._agent_audio = PositionReader(AGENT_STREAM)
        self._state = ""
        self._state_since_us = 0
        self._faults_over_us: int | None = None

    async def run(self) -> End:
        """Play to the end of the run. What it takes to clear away after it is no longer part of it."""
        if isinstance(client := self._client, CommandClient):
            self._recorder.subscribe(lambda event: client.seen(event.kind, event.connection))
        self._look()
        self._recorder.subscribe(lambda _: self._look())
        self._saboteur.start()
        client_side = self._child_side(client) if isinstance(client, CommandClient) else self._client_side()
        self._recorder.release()
        tasks = [
            asyncio.create_task(client_side, name="connect() or events()", context=as_client()),
            asyncio.create_task(self._caller.play(), name="send_audio() or send_text()", context=as_client()),
        ]
        try:
            why, detail = await self._until_over()
        finally:
            self._saboteur.stop()
            self._recorder.close()
            ended_us, late_us, died = self._recorder.now_us(), self._late_us(), self._uncaught.died()
            if await self._saboteur.aclose():
                # What a fault held back arrives all at once now. A client that is stopped in the middle of that may not see
                # the answer to its close, and would be taken for one that does not stop.
                await asyncio.sleep(CATCHES_UP_S)
            left = await self._stop(tasks)
        unheard = tuple(self._names.in_text(error) for error in let_go(died))
        return _with_what_is_left(End(at_us=ended_us, why=why, detail=detail, late_us=late_us, let_go=unheard), left)

    # ── the end of the run ───────────────────────────────────────────────────

    async def _until_over(self) -> tuple[str, str]:
        while True:
            self._look()
            now_us = self._recorder.now_us()
            _raise_first(self._uncaught.own_fault, self._saboteur.failure, self._recorder.failure)
            if self._recorder.is_full:
                return "flooded", f"{len(self._recorder.events)} events by {now_us / 1e6:.3f} s"
            if isinstance(self._client, CommandClient) and self._client.crashed and not self._is_in_end_state():
                return "client-crashed", self._names.in_text(self._client.crashed)
            if self._faults_over_us is None and self._saboteur.all_over:
                self._faults_over_us = now_us
            if self._is_settled(now_us):
                return "settled", f"{self._state} since {self._state_since_us / 1e6:.3f} s"
            if now_us >= self._end.by_us:
                return ("deadline" if self._is_in_end_state() else "hung"), f"{self._state} at {now_us / 1e6:.3f} s"
            await asyncio.sleep(min(LOOK_EVERY_S, (self._end.by_us - now_us) / 1e6))

    def _is_settled(self, now_us: int) -> bool:
        if self._faults_over_us is None or not self._is_in_end_state() or now_us < self._settles_from_us:
            return False
        since_us = max(self._state_since_us, self._faults_over_us)
        if now_us - since_us < self._end.hold_us:
            return False
        return self._end.state != "active" or self._caller.is_done(since_us=since_us)

    def _is_in_end_state(self) -> bool:
        return self._state in LIVE_STATES if self._end.state == "active" else self._state == self._end.state

    def _look(self) -> None:
        state = self._state_now()
        if state == self._state:
            return
        if not {state, self._state} <= LIVE_STATES:
            self._state_since_us = self._recorder.now_us()
        self._state = state
        self._recorder.tell("run.state", fields={"state": state})

    def _state_now(self) -> str:
        try:
            return str(json_safe(self._client.state))
        except CLIENT_ERRORS as error:
            return f"unknown, for asking raised {type(error).__name__}"

    # ── the client ───────────────────────────────────────────────────────────

    async def _client_side(self) -> None:
        self._recorder.tell("run.connecting")
        try:
            await self._client.connect()
        except CLIENT_ERRORS as error:
            self._recorder.tell("run.connect_failed", fields={"error": self._words(error)})
            return
        self._recorder.tell("run.connected")
        self._connected.set()
        ended: dict[str, str] = {}
        try:
            async for event in self._client.events():
                self._told(event)
                if self._recorder.is_full:
                    return
                if len(self._recorder.events) % BREATHES_EVERY == 0:
                    await asyncio.sleep(0)
        except CLIENT_ERRORS as error:
            ended = {"error": self._words(error)}
        self._recorder.tell("run.stream_ended", fields=ended)

    async def _child_side(self, client: CommandClient) -> None:
        """A child tells itself what happens at its front door."""
        async for event in client.events():
            match event.kind:
                case "run.state":
                    pass  # it is looked at below
                case "run.connected":
                    self._recorder.tell(event.kind)
                    self._connected.set()
                case "run.connect_failed" | "run.unhandled" | "run.stream_ended":
                    error = {"error": str(event.fields["error"])} if "error" in event.fields else {}
                    self._recorder.tell(event.kind, fields=self._names.in_value(json_safe(error)))
                case _:
                    self._told(event)
            self._look()
            if self._recorder.is_full:
                return

    def _told(self, event: ClientEvent) -> None:
        audio = self._agent_audio.feed(event.audio) if event.audio else ()
        told = {"audio": [list(interval) for interval in audio]} if event.audio else {}
        fields = self._names.in_value(json_safe(event.fields))
        self._recorder.tell(client_kind(event.kind), fields=fields | told)

    async def _hang_up(self) -> None:
        self._recorder.tell("run.disconnecting")
        try:
            await self._client.disconnect()
        except CLIENT_ERRORS as error:
            self._recorder.tell("run.disconnect_failed", fields={"error": self._words(error)})
        else:
            self._recorder.tell("run.disconnected")

    async def _stop(self, tasks: list[asyncio.Task[None]]) -> str:
        """Leave nothing of the client running: ask it, then cancel it, and wait for either only so long.

        Returns:
            What went on regardless; "" if nothing did.
        """
        goodbye = asyncio.create_task(self._goodbye(), name="disconnect()", context=as_client())
        await asyncio.wait([goodbye], timeout=STOP_WITHIN_S)
        left = [] if goodbye.done() else [f"disconnect() did not return within {STOP_WITHIN_S:g} s"]
        for task in (*tasks, goodbye):
            task.cancel()
        await asyncio.wait([*tasks, goodbye], timeout=STOP_WITHIN_S)
        for task in (*tasks, goodbye):
            if task.done() and not task.cancelled():
                task.exception()
        left += [f"{task.get_name()} goes on after it was cancelled" for task in (*tasks, goodbye) if not task.done()]
        return ", ".join(left)

    async def _goodbye(self) -> None:
        try:
            await self._client.disconnect()
        except SystemExit:
            pass  # it would end the process, and with it other cases

    def _words(self, error: BaseException) -> str:
        return self._names.in_text(words(error))
