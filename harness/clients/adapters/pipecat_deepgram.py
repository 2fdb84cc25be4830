"""pipecat with Deepgram's speech recognition, and its speech synthesis that says back what was heard.

The recognition is what is tested: it speaks to listen v1 and reconnects. Speaking is one request for each answer.

Source: pipecat-ai 1.14.0, pipecat/services/deepgram/stt.py, read 2026-11-23.
"""

from __future__ import annotations

import ssl
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from pipecat.frames.frames import Frame, TranscriptionFrame, TTSSpeakFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.deepgram.tts import DeepgramHttpTTSService

from harness.clients.adapters.lines import serve
from harness.clients.adapters.pipecat_call import PipecatCall
from harness.clients.client import Client, Endpoints

__all__ = ["PipecatDeepgram", "make"]


def make(case: Any, endpoints: Endpoints) -> Client:
    return PipecatDeepgram(case, endpoints)


class PipecatDeepgram(PipecatCall):
    """One call."""

    sample_rate_hz = 16_000

    async def processors(self, stack: AsyncExitStack) -> list[Any]:
        http = await stack.enter_async_context(_trusting(self.endpoints))
        speaks = DeepgramHttpTTSService(
            api_key=self.endpoints.api_key, base_url=self.endpoints.urls["rest"], aiohttp_session=http
        )
        return [self.recognition(), Parrot(), speaks]

    def recognition(self) -> Any:
        """The service that is put to the test."""
        there = urlsplit(self.endpoints.urls["session"])
        settings: dict[str, Any] = {}
        if "model_id" in self.asked:
            settings["model"] = self.asked["model_id"]
        if "endpointing_ms" in self.asked:
            settings["endpointing"] = self.asked["endpointing_ms"]
        return DeepgramSTTService(
            api_key=self.endpoints.api_key,
            base_url=f"{there.scheme}://{there.netloc}",
            settings=DeepgramSTTService.Settings(**settings),
        )

    def gave_up(self) -> None:
        """What is still being said is the application's own: it is not what the recognition told after its last word."""
        self.ears.listens = False

    async def send_text(self, text: str) -> None:
        """Nobody is to listen to it: it is said straight away."""
        await self.worker.queue_frame(TTSSpeakFrame(text))


class Parrot(FrameProcessor):  # type: ignore[misc]
    """Has everything said back."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            await self.push_frame(TTSSpeakFrame(frame.text))


def _trusting(endpoints: Endpoints) -> aiohttp.ClientSession:
    if endpoints.authority is None:
        return aiohttp.ClientSession()
    context = ssl.create_default_context(cadata=endpoints.authority)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))


if __name__ == "__main__":
    serve(make)
