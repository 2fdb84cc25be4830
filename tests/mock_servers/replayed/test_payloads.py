"""Messages of a replay, framed as their vendor frames them."""

from __future__ import annotations

from mock_servers.deepgram.speech import AUDIO
from mock_servers.replayed.payloads import DEEPGRAM_AUDIO


def test_deepgrams_audio_is_called_as_its_mock_calls_it() -> None:
    assert DEEPGRAM_AUDIO == AUDIO
