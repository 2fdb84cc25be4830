"""Clients that lose what was said, or say it twice, or in another order."""

from __future__ import annotations

from collections import deque

from providers.base import AudioChunk
from providers.connection import Link
from providers.deepgram import DeepgramSegmentedProvider
from providers.speech_to_speech import SpeechToSpeech
from tests.support.broken_clients.bug import bug


@bug
class LosesItsBuffer(DeepgramSegmentedProvider):
    """Begins the new connection with what is said from then on."""

    def _adopted(self) -> None:
        self._audio_buffer.clear()
        super()._adopted()


@bug
class ReplaysTwice(DeepgramSegmentedProvider):
    """Does not take out of its buffer what it has sent."""

    async def _replay_buffered_audio(self) -> None:
        again = tuple(self._audio_buffer)
        await super()._replay_buffered_audio()
        for chunk in again:
            await self._link.send(chunk.data)


@bug
class ReplaysBackwards(DeepgramSegmentedProvider):
    """Takes its buffer from the wrong end."""

    def _adopted(self) -> None:
        self._audio_buffer.reverse()
        super()._adopted()


@bug
class SendsNewerAudioFirst(DeepgramSegmentedProvider):
    """Does not wait for the replay to be over."""

    async def send_audio(self, chunk: AudioChunk) -> None:
        if self._is_usable():
            await self._link.send(chunk.data)
        else:
            await super().send_audio(chunk)


@bug
class NeverSaysThatItIsStillThere(DeepgramSegmentedProvider):
    """Sends no KeepAlive."""

    async def _keep_alive(self) -> None:
        return


@bug
class BreaksItsAnswerOffWithListen(DeepgramSegmentedProvider):
    """Takes the whole pipeline down with the one service that was lost."""

    def _gone(self) -> None:
        super()._gone()
        for task in self._answers:
            task.cancel()


@bug
class SaysTheLastSecondAgain(SpeechToSpeech):
    """Cannot know what has arrived, and says it all again."""

    def __init__(self, *keys: str) -> None:
        super().__init__(*keys)
        self._latest: deque[str] = deque(maxlen=50)

    async def _deliver_audio(self, message: str) -> None:
        self._latest.append(message)
        await super()._deliver_audio(message)

    async def _restore(self, link: Link) -> None:
        await super()._restore(link)
        for message in self._latest:
            await link.send(message)
