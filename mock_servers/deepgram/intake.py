"""Audio on its way in: a container's header is taken off, the rest is cut into pieces and heard channel by channel."""

from __future__ import annotations

from mock_servers.base.conversation import Conversation
from mock_servers.deepgram.listen_query import ListenQuery
from mock_servers.deepgram.recognition import Recognition, Told
from mock_servers.deepgram.sound import Decoder, SoundFormat, wav_header

__all__ = ["Intake"]

_PIECES_PER_SECOND = 10
"""So that one huge message is held to the pace of the service, too."""


class Intake:
    """The ears of one connection.

    `sound` is None until the format is known: told by the query, or by the header of a WAV file.
    """

    def __init__(self, query: ListenQuery, conversation: Conversation) -> None:
        self.sound: SoundFormat | None = None
        self._query = query
        self._conversation = conversation
        self._header = b""
        self._recognitions: tuple[Recognition, ...] = ()
        if query.sound is not None:
            self._sounds_like(query.sound)

    @property
    def audio_s(self) -> float:
        """Seconds of audio that were heard."""
        return max((recognition.audio_s for recognition in self._recognitions), default=0.0)

    @property
    def channels(self) -> int:
        """How many channels are told of."""
        return max(1, len(self._recognitions))

    def cut(self, data: bytes) -> list[bytes]:
        """What a client sent, in pieces of at most 100 ms for `heard`.

        Raises:
            Undecodable: Neither the query nor the first bytes name a format that can be decoded.
        """
        if self.sound is None:
            # On every connection the first bytes must be the header, also where a client has sent it once before.
            self._header += data
            found = wav_header(self._header)
            if found is None:
                return []
            sound, length = found
            self._sounds_like(sound)
            data, self._header = self._header[length:], b""
        assert self.sound is not None
        size = self.sound.frame_bytes * (self.sound.sample_rate_hz // _PIECES_PER_SECOND)
        return [data[at : at + size] for at in range(0, len(data), size)]

    def lasts_s(self, piece: bytes) -> float:
        assert self.sound is not None, "there are pieces only once the format is known"
        return len(piece) / self.sound.frame_bytes / self.sound.sample_rate_hz

    def heard(self, piece: bytes) -> list[tuple[int, Told]]:
        """What is to be told of a piece, each with its channel."""
        streams = self._decoder.decoded(piece)
        return [
            (channel, told)
            for channel, recognition in enumerate(self._recognitions)
            for told in recognition.heard(streams[channel])
        ]

    def finalized(self, only: int | None = None) -> list[tuple[int, Told]]:
        """The rest of all channels, or of one; a channel that there is not has none."""
        return [
            (channel, told)
            for channel, recognition in enumerate(self._recognitions)
            if only in (None, channel)
            for told in recognition.finalized()
        ]

    def closed(self) -> list[tuple[int, Told]]:
        """No more audio will come."""
        return [
            (channel, told)
            for channel, recognition in enumerate(self._recognitions)
            for told in recognition.closed()
        ]  # fmt: skip

    def _sounds_like(self, sound: SoundFormat) -> None:
        self.sound = sound
        self._decoder = Decoder(sound)
        # Without multichannel the service mixes; positions in the samples would not survive that, so one is heard.
        heard = sound.channels if self._query.multichannel else 1
        self._recognitions = tuple(
            Recognition(
                self._conversation,
                sample_rate_hz=sound.sample_rate_hz,
                endpointing_s=self._query.endpointing_s,
                interims=self._query.interim_results,
                utterance_end_s=self._query.utterance_end_s,
            )
            for _ in range(heard)
        )
