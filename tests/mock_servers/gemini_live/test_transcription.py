"""What transcripts tell beside the text, and when."""

from __future__ import annotations

from typing import Any

from tests.support.gemini_story import Call, gemini, upgrade

VERTEX = "/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent"
LIVE_3_8 = "models/gemini-3.8-live"


def heard(asked: dict[str, Any], **setup: Any) -> list[dict[str, Any]]:
    """The transcripts of a caller who begins to speak after half a second."""
    call = Call(gemini()).sets_up(inputAudioTranscription=asked, **setup).is_silent(0.5).speaks(0.5).is_silent(0.6)
    return call.all("serverContent", "inputTranscription")


def said(asked: dict[str, Any]) -> list[dict[str, Any]]:
    call = Call(gemini(turns=("one two three",))).sets_up(outputAudioTranscription=asked).types("hello").waits(4.0)
    return call.all("serverContent", "outputTranscription")


def vertex(**setup: Any) -> Call:
    return Call(gemini(turns=("one two",)), request=upgrade(VERTEX, key="", authorization="Bearer t")).sets_up(**setup)


def test_a_transcript_that_nothing_is_asked_of_is_text():
    assert all(list(piece) == ["text"] for piece in heard({}) + said({}))


def test_words_have_their_times_in_the_callers_audio():
    first, second = heard({"wordTimestamp": True})

    assert first["words"] == [{"word": first["text"], "startOffset": "0.500s", "endOffset": "0.750s"}]
    assert (second["startOffset"], second["endOffset"]) == ("0.750s", "1s")


def test_words_have_their_times_in_the_models_audio():
    pieces = said({"wordTimestamp": True})

    words = [word for piece in pieces for word in piece["words"]]
    assert [(word["word"], word["startOffset"]) for word in words] == [
        ("one", "0s"),
        ("two", "0.250s"),
        ("three", "0.500s"),
    ]


def test_the_only_speaker_has_a_label():
    assert {piece["speakerLabel"] for piece in heard({"diarization": True})} == {"spk_1"}


def test_the_language_is_the_one_that_was_hinted_at():
    assert {piece["languageCode"] for piece in heard({"languageCodes": ["de-DE", "en-US"]})} == {"de-DE"}


def test_interim_transcripts_have_times_only_if_they_are_asked_for():
    def interim(**config: bool) -> list[dict[str, Any]]:
        call = Call(gemini()).sets_up(model=LIVE_3_8, inputAudioTranscription={}, realtimeInputConfig=config)
        return call.is_silent(0.5).speaks(0.5).all("serverContent", "interimInputTranscription")

    assert [list(piece) for piece in interim()] == [["text"], ["text"]]
    timed = interim(interimTranscriptTimestampEnabled=True)
    assert [(piece["startOffset"], piece["endOffset"]) for piece in timed] == [("0.500s", "0.750s"), ("0.500s", "1s")]


def test_the_first_transcript_of_the_model_is_empty_on_vertex():
    call = vertex(outputAudioTranscription={}).types("hello").waits(4.0)

    assert call.all("serverContent", "outputTranscription")[0] == {}


def test_transcripts_are_finished_on_vertex():
    call = vertex(inputAudioTranscription={}, outputAudioTranscription={}).speaks(0.5).is_silent(4.0)

    assert call.all("serverContent", "inputTranscription")[-1] == {"finished": True}
    assert call.all("serverContent", "outputTranscription")[-1] == {"finished": True}


def test_transcripts_of_the_gemini_api_are_never_said_to_be_finished():
    assert not any("finished" in piece for piece in heard({}) + said({}))


def test_activity_is_signalled_on_vertex_if_it_is_asked_for():
    call = vertex(explicitVadSignal=True).is_silent(0.5).speaks(0.5).is_silent(0.6)

    assert call.all("voiceActivity") == [
        {"type": "ACTIVITY_START", "audioOffset": "0.500s"},
        {"type": "ACTIVITY_END", "audioOffset": "1.500s"},
    ]
    assert call.all("voiceActivityDetectionSignal") == []


def test_the_allowlisted_signal_comes_beside_it():
    request = upgrade(VERTEX, key="", authorization="Bearer t")
    call = Call(gemini(vad_signal=True), request=request).sets_up(explicitVadSignal=True).speaks(0.5).is_silent(0.6)

    signals = [body["vadSignalType"] for body in call.all("voiceActivityDetectionSignal")]
    assert signals == ["VAD_SIGNAL_TYPE_SOS", "VAD_SIGNAL_TYPE_EOS"]


def test_activity_is_not_signalled_unasked():
    assert vertex().speaks(0.5).is_silent(0.6).all("voiceActivity") == []


def test_the_gemini_api_has_no_such_signal():
    call = Call(gemini()).sets_up(explicitVadSignal=True)

    assert call.ending == (
        1007,
        "Invalid JSON payload received. Unknown name \"explicitVadSignal\" at 'setup': Cannot find field.",
    )
