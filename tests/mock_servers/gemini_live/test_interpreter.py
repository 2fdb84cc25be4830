"""A live-translate model: no turns, as much audio out as in."""

from __future__ import annotations

import pytest

from mock_servers.base.voice import AGENT_STREAM, decode
from tests.support.gemini_story import Call, gemini

MODEL = "models/gemini-3.5-live-translate-preview"
CONFIG = {"translationConfig": {"targetLanguageCode": "pl"}}


def interpreted(**setup: object) -> Call:
    return Call(gemini()).sets_up(model=MODEL, generationConfig=CONFIG, **setup)


def test_as_much_audio_goes_out_as_comes_in():
    call = interpreted().speaks(1.2).is_silent(1.2)

    assert len(call.audio) == 2.4 * 48_000


def test_silence_is_translated_as_silence():
    call = interpreted().is_silent(2.4)

    assert call.audio == bytes(int(2.4 * 48_000))


def test_what_is_said_is_said_while_it_is_heard():
    call = interpreted().speaks(1.2).is_silent(1.2)

    runs = decode(call.audio, stream=AGENT_STREAM)
    assert sum(run.end - run.start for run in runs) == 5 * 0.25 * 48_000
    assert "turnComplete" not in call.kinds


def test_transcripts_name_the_language_that_is_spoken():
    call = interpreted(inputAudioTranscription={}, outputAudioTranscription={}).speaks(1.0)

    heard = "".join(piece["text"] for piece in call.all("serverContent", "inputTranscription"))
    said = "".join(piece["text"] for piece in call.all("serverContent", "outputTranscription"))
    assert heard == said
    assert {piece["languageCode"] for piece in call.all("serverContent", "outputTranscription")} == {"pl"}


def test_handles_come_by_the_clock():
    call = interpreted(sessionResumption={}).waits(10.0)

    assert call.times("sessionResumptionUpdate", "newHandle") == [4.8, 6.8, 8.8]


@pytest.mark.parametrize(
    "message",
    [
        {"clientContent": {"turnComplete": True}},
        {"realtimeInput": {"text": "hello"}},
        {"realtimeInput": {"video": {"mimeType": "image/png", "data": "AAAA"}}},
    ],
)
def test_an_interpreter_takes_audio_only(message: dict[str, object]):
    assert interpreted().sends(message).ending == (1007, "Request contains an invalid argument.")
