"""A live-translate model: it has no turns, it says in another language what it hears, while it hears it.

As much audio goes out as comes in, silence for silence, as users saw; ai.google.dev/gemini-api/docs/live-api/live-translate,
read 2026-11, for the rest. The mock knows no languages: its words stay as they are.
"""

from __future__ import annotations

from mock_servers.base.google_content import Blob
from mock_servers.gemini_live.call import Call
from mock_servers.gemini_live.caller import Understood
from mock_servers.gemini_live.server_messages import audio_part, server_content
from mock_servers.gemini_live.transcription import said_words, transcription
from mock_servers.gemini_live.turn import AGENT_RATE_HZ, CHUNK_BYTES, model_turn

__all__ = ["Interpreter"]


class Interpreter:
    """The model of one translating session."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._unspoken = b""
        self._owed_bytes = 0.0
        self._words = 0

    def understood(self, heard: Understood) -> None:
        """Say these words too, as soon as the ones before are said."""
        call, text = self._call, heard.text.strip()
        self._unspoken += call.backend.voice.say(text)
        words = said_words(text.split(), first=self._words)
        self._words += len(words)
        asked, config = call.setup.output_audio_transcription, call.setup.generation_config.translation_config
        if asked is not None:
            language = config.target_language_code if config is not None else ""
            told = transcription(heard.text, asked, words=words, language=language)
            call.say(server_content(outputTranscription=told))

    def heard(self, audio: Blob) -> None:
        """So much audio has come; as much goes out."""
        self._owed_bytes += len(audio.data) / audio.rate_hz * AGENT_RATE_HZ
        while self._owed_bytes >= CHUNK_BYTES:
            self._owed_bytes -= CHUNK_BYTES
            chunk, self._unspoken = self._unspoken[:CHUNK_BYTES], self._unspoken[CHUNK_BYTES:]
            chunk = chunk.ljust(CHUNK_BYTES, b"\0")
            part = audio_part(chunk, self._call.flavour.audio_mime_type)
            self._call.say(server_content(**model_turn(self._call.flavour, part)), audio=chunk)
