"""What pipecat's services have in common: one pipeline with one service in it, without a transport.

The microphone is `queue_frame`, the loudspeaker an observer, as pipecat's own way to watch what flows through a pipeline. A
service connects when the pipeline is set up, and pipecat says that the pipeline has started whether it could or not.

Source: pipecat-ai 1.14.0, pipecat/pipeline/worker.py and processors/frame_processor.py, read 2026-11-23.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import Any

from loguru import logger
from pipecat.frames.frames import (
    InputAudioRawFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.observers.base_observer import BaseObserver
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection
from pipecat.workers.runner import WorkerRunner

from harness.clients.adapters.application import Application
from harness.clients.adapters.outbox import Outbox
from harness.clients.client import Endpoints

__all__ = ["PipecatCall"]

LAST_WORDS_S = 0.1
"""An error says only by its service's state that it is the last one: an error pushed just before it arrives as the last, too,
and the two count as one."""

# Its log tells every frame otherwise.
logger.remove()
logger.add(sys.stderr, level="WARNING")


class PipecatCall(Application):
    """One call, in one pipeline, in one task, which ends when the pipeline does. A subclass adds the service."""

    package = "pipecat-ai"

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self.ears = Ears(self.outbox)
        self.worker: Any = None
        self._gave_up_s: float | None = None
        self._given_up: Any = None

    async def processors(self, stack: AsyncExitStack) -> list[Any]:
        """The pipeline, with the service that is put to the test. What `stack` holds is left when the pipeline has ended."""
        raise NotImplementedError

    async def begin(self) -> None:
        """What the application does when its pipeline has started."""

    def gave_up(self) -> None:
        """What the application does when its service is of no use any more."""

    async def send_audio(self, pcm: bytes) -> None:
        await self.worker.queue_frame(InputAudioRawFrame(audio=pcm, sample_rate=self.sample_rate_hz, num_channels=1))

    async def hang_up(self) -> None:
        """Cancel the pipeline, as pipecat's examples do when a caller has hung up."""
        await self.worker.cancel()

    # ── what a subclass says of its service ──────────────────────────────────

    def lost(self, **fields: Any) -> None:
        """The service says that it has no connection; only the first time counts in a row."""
        if self._state == "active":
            self._state = "connecting"
            self.outbox.tell("connection.reconnecting", **fields)

    def regained(self) -> None:
        """The service says that it has a connection."""
        if self._state == "connecting" and self.ready.is_set():
            self._state = "active"
            self.outbox.tell("connection.reconnected")

    # ── the application ──────────────────────────────────────────────────────

    async def talk(self) -> None:
        async with AsyncExitStack() as stack:
            self.worker = self._worker(await self.processors(stack))
            runner = WorkerRunner(handle_sigint=False)
            await runner.add_workers(self.worker)
            await runner.run()
        self._state = "disconnected"

    def _worker(self, processors: list[Any]) -> PipelineWorker:
        worker = PipelineWorker(
            Pipeline(processors),
            params=PipelineParams(
                audio_in_sample_rate=self.sample_rate_hz, audio_out_sample_rate=self.agent_sample_rate_hz
            ),
            observers=[self.ears],
            cancel_on_idle_timeout=False,
            enable_rtvi=False,
        )
        worker.add_event_handler("on_pipeline_started", self._begun)
        worker.add_event_handler("on_pipeline_error", self._erred)
        return worker

    async def _begun(self, worker: Any, frame: Any) -> None:
        if self._state == "connecting":
            self._state = "active"
        await self.begin()
        self.ready.set()

    async def _erred(self, worker: Any, frame: Any) -> None:
        """A service that says of itself that it is of no use any more has said its last word. What another one says after
        that, such as the synthesis of an answer, is no word of it."""
        now_s = asyncio.get_running_loop().time()
        useless = frame.processor is not None and not frame.processor.is_usable
        if useless and self._gave_up_s is None:
            self._gave_up_s, self._given_up, self._state = now_s, frame.processor, "error"
            self.outbox.tell("connection.failed", reason=frame.error)
            self.gave_up()
        elif self._gave_up_s is None or (frame.processor is self._given_up and now_s > self._gave_up_s + LAST_WORDS_S):
            self.outbox.tell("error", message=frame.error)


class Ears(BaseObserver):  # type: ignore[misc]
    """Hears each frame once, when it is first pushed."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__(observe_every_push=False)
        self.outbox = outbox
        self._said: list[str] = []
        self.listens = True

    async def on_push_frame(self, data: Any) -> None:
        if not self.listens:
            return
        match data.frame:
            case TTSAudioRawFrame():
                self.outbox.tell("audio.output", audio=data.frame.audio)
            case TTSTextFrame():
                self._said.append(data.frame.text)
            case TranscriptionFrame():
                self.outbox.tell("transcription", text=data.frame.text)
            case LLMFullResponseStartFrame():
                self.outbox.tell("turn.started")
            case LLMFullResponseEndFrame():
                if self._said:
                    self.outbox.tell("text.output", text="".join(self._said), role="assistant")
                    self._said.clear()
                self.outbox.tell("turn.completed")
            # These two go both ways at once.
            case UserStartedSpeakingFrame() if data.direction is FrameDirection.DOWNSTREAM:
                self.outbox.tell("speech.started")
            case UserStoppedSpeakingFrame() if data.direction is FrameDirection.DOWNSTREAM:
                self.outbox.tell("speech.stopped")
