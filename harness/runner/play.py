"""Playing one case: from an empty stage to a finished trace."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable

from harness.clients import Client
from harness.errors import DeadairError
from harness.faults import ProxyServer
from harness.runner.caller import Caller
from harness.runner.endpoint_names import EndpointNames
from harness.runner.recorder import Recorder, json_safe
from harness.runner.registry import SAMPLE_RATES_HZ, with_session
from harness.runner.saboteur import Saboteur
from harness.runner.stage import Stage
from harness.scenario.model import Case, Tls
from harness.trace import AGENT_STREAM, End, Header, PositionReader, Trace, TraceWriter

__all__ = ["NotPlayable", "play"]


class NotPlayable(DeadairError):
    """The case asks for what this version cannot do; the message says what."""


LOOK_EVERY_S = 0.1
"""How often it is asked whether the run is over, and what state the client is in; the latter at every event too."""

STOP_WITHIN_S = 5.0
"""How long a client may take to stop when its stage is cleared; its `disconnect()` is under test elsewhere."""

LIVE_STATES = frozenset({"connected", "active"})


async def play(
    case: Case,
    *,
    seed: int,
    clock: str,
    proxy_server: ProxyServer,
    open_trace: Callable[[Header], TraceWriter] | None = None,
    late_us: Callable[[], int] = lambda: 0,
) -> Trace:
    """Play `case` on the running loop and give what was recorded. Everything that it opened is closed on return.

    Args:
        seed: Decides all that is left to chance; the same seed on the virtual clock gives the same trace.
        proxy_server: Where the case's proxies are made; stays open.
        open_trace: Opens the file that is written while the case is played, so that a run that dies leaves its traces.
        late_us: How late this host's timers have been at worst until now.
    """
    _check_playable(case)
    case = with_session(case)
    loop = asyncio.get_running_loop()
    caller_hz, agent_hz = SAMPLE_RATES_HZ[case.provider]
    header = Header(
        case=case.model_dump(mode="json"),
        seed=seed,
        clock=clock,
        proxy=proxy_server.kind,
        audio_rates_hz={"caller": caller_hz, "agent": agent_hz},
        environment={"python": platform.python_version(), "system": platform.system(), "proxy": proxy_server.version},
    )
    writer = open_trace(header) if open_trace is not None else None
    clock_starts_s = loop.time()
    recorder = Recorder(
        now_us=lambda: round((loop.time() - clock_starts_s) * 1e6), write=writer.append if writer else None
    )
    stage = Stage(case, seed=seed, proxy_server=proxy_server, recorder=recorder)
    try:
        client = await stage.build()
        clock_starts_s = loop.time()
        end = await _Call(case, client=client, stage=stage, recorder=recorder, late_us=late_us).run()
        if writer is not None:
            writer.finish(end)
    finally:
        recorder.close()
        if writer is not None:
            writer.close()
        await stage.aclose()
    return Trace(header=header, events=tuple(recorder.events), end=end)


def _check_playable(case: Case) -> None:
    fault = next((fault for fault in case.faults if isinstance(fault.do, Tls)), None)
    if fault is not None:
        raise NotPlayable(f"{case.place}: the fault '{fault.id}' is of the TLS layer, and those are not played yet")


class _Call:
    """The call itself: the client connects, the caller talks, the saboteur strikes, until the run is over."""

    def __init__(
        self, case: Case, *, client: Client, stage: Stage, recorder: Recorder, late_us: Callable[[], int]
    ) -> None:
        self._end = case.expect.end
        self._client = client
        self._recorder = recorder
        self._late_us = late_us
        self._names = EndpointNames(stage.addresses)
        self._saboteur = Saboteur(case.faults, recorder=recorder, sabotage=stage)
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
        self._look()
        self._recorder.subscribe(lambda _: self._look())
        self._saboteur.start()
        tasks = [
            asyncio.create_task(self._client_side(), name="client"),
            asyncio.create_task(self._caller.play(), name="caller"),
        ]
        try:
            why, detail = await self._until_over()
        finally:
            self._saboteur.stop()
            self._recorder.close()
            ended_us, late_us = self._recorder.now_us(), self._late_us()
            await self._saboteur.aclose()
            await self._stop(tasks)
        return End(at_us=ended_us, why=why, detail=detail, late_us=late_us)

    # ── the end of the run ───────────────────────────────────────────────────

    async def _until_over(self) -> tuple[str, str]:
        while True:
            self._look()
            now_us = self._recorder.now_us()
            if self._saboteur.failure is not None:
                raise self._saboteur.failure
            if self._faults_over_us is None and self._saboteur.all_over:
                self._faults_over_us = now_us
            if self._is_settled(now_us):
                return "settled", f"{self._state} since {self._state_since_us / 1e6:.3f} s"
            if now_us >= self._end.by_us:
                return ("deadline" if self._is_in_end_state() else "hung"), f"{self._state} at {now_us / 1e6:.3f} s"
            await asyncio.sleep(min(LOOK_EVERY_S, (self._end.by_us - now_us) / 1e6))

    def _is_settled(self, now_us: int) -> bool:
        if self._faults_over_us is None or not self._is_in_end_state():
            return False
        since_us = max(self._state_since_us, self._faults_over_us)
        if now_us - since_us < self._end.hold_us:
            return False
        return self._end.state != "active" or self._caller.is_done(since_us=since_us)

    def _is_in_end_state(self) -> bool:
        return self._state in LIVE_STATES if self._end.state == "active" else self._state == self._end.state

    def _look(self) -> None:
        state = self._client.state
        if state == self._state:
            return
        if not {state, self._state} <= LIVE_STATES:
            self._state_since_us = self._recorder.now_us()
        self._state = state
        self._recorder.tell("run.state", fields={"state": state})

    # ── the client ───────────────────────────────────────────────────────────

    async def _client_side(self) -> None:
        self._recorder.tell("run.connecting")
        try:
            await self._client.connect()
        except Exception as error:
            self._recorder.tell("run.connect_failed", fields={"error": self._words(error)})
            return
        self._recorder.tell("run.connected")
        self._connected.set()
        ended: dict[str, str] = {}
        try:
            async for event in self._client.events():
                audio = self._agent_audio.feed(event.audio) if event.audio else ()
                told = {"audio": [list(interval) for interval in audio]} if event.audio else {}
                self._recorder.tell(event.kind, fields=self._names.in_value(json_safe(event.fields)) | told)
        except Exception as error:
            ended = {"error": self._words(error)}
        self._recorder.tell("run.stream_ended", fields=ended)

    async def _hang_up(self) -> None:
        self._recorder.tell("run.disconnecting")
        try:
            await self._client.disconnect()
        except Exception as error:
            self._recorder.tell("run.disconnect_failed", fields={"error": self._words(error)})
        else:
            self._recorder.tell("run.disconnected")

    async def _stop(self, tasks: list[asyncio.Task[None]]) -> None:
        """Leave nothing of the client running: ask it, then cancel it, and wait for either only so long."""
        goodbye = asyncio.create_task(self._client.disconnect(), name="goodbye")
        await asyncio.wait([goodbye], timeout=STOP_WITHIN_S)
        for task in (*tasks, goodbye):
            task.cancel()
        await asyncio.wait([*tasks, goodbye], timeout=STOP_WITHIN_S)
        for task in (*tasks, goodbye):
            if task.done() and not task.cancelled():
                task.exception()

    def _words(self, error: BaseException) -> str:
        return self._names.in_text(f"{type(error).__name__}: {error}")
