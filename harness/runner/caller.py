"""The caller: speaks, writes and hangs up, as the script says."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from harness.clients import Client
from harness.runner.matching import Counter
from harness.runner.recorder import Recorder
from harness.runner.telling import words
from harness.scenario import default_turns
from harness.scenario.model import Step
from harness.trace import Event
from harness.trace.positions import CALLER_STREAM, speech

__all__ = ["Caller"]

T = TypeVar("T", str, bytes)

FRAME_S = 0.02
"""Speech goes out in 20 ms frames, as microphones and telephone lines deliver it."""

SILENCE_FRAME_S = 0.2
"""Silence goes out in longer frames: nobody accounts for it, and it costs as much per frame."""

LISTENS_S = 3.0
"""How long a caller listens after having spoken or written before that counts as over."""


class Caller:
    """Plays one script against one client, in 16-bit mono PCM at the client's rate.

    The microphone is open from the moment at which `connect()` returned, with silence between the turns, unless muted; what is written, and hanging up, happens
    at its own time, also while the microphone is stuck in a send. All speech is one stream, coded with its positions.
    """

    def __init__(
        self,
        script: tuple[Step, ...] | None,
        *,
        client: Client,
        recorder: Recorder,
        connected: asyncio.Event,
        hang_up: Callable[[], Awaitable[None]],
    ) -> None:
        self._script = script
        self._client = client
        self._recorder = recorder
        self._connected = connected
        self._hang_up = hang_up
        self._bytes_per_s = client.sample_rate_hz * 2
        self._said_bytes = 0
        self._to_say_s: deque[float] = deque()
        self._muted_until_us = 0
        # An application that can answer has answered once all calls that came are answered, be it none.
        self._open_steps = sum(step.answer is None for step in script or ())
        self._waiting: list[tuple[Counter, Step]] = []
        self._last_turn_us: tuple[int, int] | None = None
        self._failing: str | None = None

    def is_done(self, *, since_us: int) -> bool:
        """Whether the script is over, and the time to answer it. The default script has no end: there it takes one
        whole turn that began after `since_us`."""
        listened_until_us = self._recorder.now_us() - int(LISTENS_S * 1e6)
        if self._script is None:
            return self._last_turn_us is not None and (
                self._last_turn_us[0] >= since_us and self._last_turn_us[1] <= listened_until_us
            )
        over = self._open_steps == 0 and not self._to_say_s
        return over and (self._last_turn_us is None or self._last_turn_us[1] <= listened_until_us)

    async def play(self) -> None:
        """Play until cancelled."""
        async with asyncio.TaskGroup() as steps:
            steps.create_task(self._microphone())
            if self._script is None:
                steps.create_task(self._talk_in_turns())
                return
            self._waiting = [(Counter(step.when), step) for step in self._script if step.when is not None]
            self._recorder.subscribe(lambda event: self._happened(event, steps))
            for step in self._script:
                if step.at_us is not None:
                    steps.create_task(self._at(step.at_us, step))

    # ── the script ───────────────────────────────────────────────────────────

    async def _talk_in_turns(self) -> None:
        for turn in default_turns():
            await self._sleep_until((turn.at_us or 0) / 1e6)
            self._to_say_s.append((turn.say_us or 0) / 1e6)

    async def _at(self, at_us: int, step: Step) -> None:
        await self._sleep_until(at_us / 1e6)
        await self._do(step)

    def _happened(self, event: Event, steps: asyncio.TaskGroup) -> None:
        for counter, step in list(self._waiting):
            if not counter.counts(event):
                continue
            if step.answer is not None:
                self._open_steps += 1
                steps.create_task(self._answer(str(event.fields.get("call_id")), step.answer, step.after_us / 1e6))
            else:
                self._waiting.remove((counter, step))
                steps.create_task(self._do(step))

    async def _do(self, step: Step) -> None:
        if step.say_us is not None:
            self._to_say_s.append(step.say_us / 1e6)
        elif step.mute_us is not None:
            self._muted_until_us = self._recorder.now_us() + step.mute_us
        elif (text := step.text) is not None:
            await self._trying(self._client.send_text, text)
            now_us = self._recorder.now_us()
            self._last_turn_us = (now_us, now_us)
        elif step.disconnect:
            await self._hang_up()
        self._open_steps -= 1

    async def _answer(self, call_id: str, result: str, after_s: float) -> None:
        """The application's function returns. A client that has no way to take its result is not given it."""
        await asyncio.sleep(after_s)
        answer = getattr(self._client, "answer", None)
        if answer is not None:
            await self._trying(lambda said: answer(call_id, said), result)
        now_us = self._recorder.now_us()
        self._last_turn_us = (now_us, now_us)
        self._open_steps -= 1

    # ── the microphone ───────────────────────────────────────────────────────

    async def _microphone(self) -> None:
        await self._connected.wait()
        while True:
            if self._to_say_s:
                await self._say(self._to_say_s[0])
                self._to_say_s.popleft()
            else:
                began_s = asyncio.get_running_loop().time()
                if self._recorder.now_us() >= self._muted_until_us:
                    await self._trying(self._client.send_audio, bytes(int(SILENCE_FRAME_S * self._bytes_per_s)))
                await _sleep_until_loop_time(began_s + SILENCE_FRAME_S)

    async def _say(self, seconds: float) -> None:
        began_us, began_s = self._recorder.now_us(), asyncio.get_running_loop().time()
        first = self._said_bytes
        last = first + int(seconds * self._bytes_per_s) // 8 * 8
        frame_bytes = int(FRAME_S * self._bytes_per_s)
        self._recorder.tell("caller.speaking", fields={"audio": [[first, first]]})
        for start in range(first, last, frame_bytes):
            self._said_bytes = min(start + frame_bytes, last)
            await self._trying(self._client.send_audio, speech(CALLER_STREAM, start, self._said_bytes))
            await _sleep_until_loop_time(began_s + (self._said_bytes - first) / self._bytes_per_s)
        self._recorder.tell("caller.paused", fields={"audio": [[first, last]]})
        self._last_turn_us = (began_us, self._recorder.now_us())

    async def _trying(self, send: Callable[[T], Awaitable[None]], what: T) -> None:
        """A send that fails is written down once for each unbroken series, and the caller talks on: callers do."""
        try:
            await send(what)
        except (Exception, SystemExit) as error:
            told = words(error)
            if told != self._failing:
                self._recorder.tell("run.send_failed", fields={"error": told})
            self._failing = told
        else:
            self._failing = None

    async def _sleep_until(self, at_s: float) -> None:
        await asyncio.sleep(max(0.0, at_s - self._recorder.now_us() / 1e6))


async def _sleep_until_loop_time(at_s: float) -> None:
    await asyncio.sleep(max(0.0, at_s - asyncio.get_running_loop().time()))
