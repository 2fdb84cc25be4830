"""A connection to /v2/speak (Flux TTS), as stories."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.protocol import Answer, Close, Ready
from mock_servers.base.trouble import ProviderError, Reject
from mock_servers.base.voice import AGENT_STREAM, coded
from tests.support.deepgram_story import Story, deepgram, listen_request
from tests.support.stories.deepgram import CLOSE, FLUSH, configure, flux_voice, interrupt, speak

VOICE = {"model": "flux-haley-en", "encoding": "linear16", "sample_rate": "16000"}
PRONOUNCED = 'say {"word": "data", "pronounce": "deɪtə"} twice'


def with_settings(**settings: object) -> Story:
    return Story(vendor=deepgram(**settings), request=listen_request(VOICE, path="/v2/speak"))


def voice(story: Story) -> bytes:
    return b"".join(send.audio for send in story.sent)


def without_audio(story: Story) -> list[str]:
    return [name for name in story.names if name != "Audio"]


def test_a_connection_begins_with_connected():
    story = flux_voice()

    assert story.actions[0] == Ready()
    (connected,) = story.messages("Connected")
    assert (connected["model_name"], len(connected["model_uuids"])) == ("flux-haley-en", 1)


def test_a_turn_is_spoken_as_its_text_arrives():
    story = flux_voice().sends(speak("one two three ")).waits(2)

    assert without_audio(story) == ["Connected", "SpeechStarted"]
    assert voice(story) == coded(AGENT_STREAM, 0, 3 * 8_000)


def test_half_a_word_waits_for_its_rest():
    story = flux_voice().sends(speak("hel")).waits(2)
    assert voice(story) == b""

    story.sends(speak("lo there")).sends(FLUSH).waits(2)

    assert voice(story) == coded(AGENT_STREAM, 0, 2 * 8_000)


def test_all_audio_of_a_turn_lies_between_its_start_and_its_metadata():
    story = flux_voice().sends(speak("one two three")).sends(FLUSH).waits(2)

    assert story.names[1] == "SpeechStarted"
    assert story.names[-1] == "SpeechMetadata"
    assert {story.messages(name)[0]["speech_id"] for name in ("SpeechStarted", "Flushed", "SpeechMetadata")} == {
        story.messages("SpeechStarted")[0]["speech_id"]
    }


def test_flushed_acknowledges_the_text_before_the_rest_of_the_audio():
    story = flux_voice().sends(speak("one two three")).sends(FLUSH).waits(2)

    assert story.names.index("Flushed") < story.names.index("Audio")


def test_a_turn_behind_another_waits():
    story = flux_voice().sends(speak("one two")).sends(FLUSH).sends(speak("three")).sends(FLUSH).waits(3)

    assert without_audio(story) == [
        "Connected", "SpeechStarted", "Flushed", "SpeechMetadata", "SpeechStarted", "Flushed", "SpeechMetadata",
    ]  # fmt: skip
    assert [told["audio_duration_ms"] for told in story.messages("SpeechMetadata")] == [500, 250]


def test_speech_metadata_counts_characters_without_controls_as_billable():
    story = flux_voice().sends(speak(PRONOUNCED)).sends(FLUSH).waits(3)

    (told,) = story.messages("SpeechMetadata")
    assert (told["input_character_count"], told["billable_character_count"]) == (len(PRONOUNCED), len("say data twice"))
    assert told["controls_applied"]["pronunciations_applied"] == 1
    assert told["audio_duration_ms"] == 750


def test_a_turn_with_nothing_to_speak_is_warned_of_and_completed():
    story = flux_voice().sends(speak("... !")).sends(FLUSH)

    assert without_audio(story) == ["Connected", "SpeechStarted", "Flushed", "Warning", "SpeechMetadata"]
    assert story.messages("Warning")[0]["code"] == "NO_SYNTHESIZABLE_TEXT"
    assert story.messages("SpeechMetadata")[0]["audio_duration_ms"] == 0


def test_close_speaks_what_is_left_tells_the_session_and_hangs_up():
    story = flux_voice().sends(speak("one two")).sends(FLUSH).sends(speak("three")).sends(CLOSE).waits(3)

    assert voice(story) == coded(AGENT_STREAM, 0, 3 * 8_000)
    assert story.messages("SessionMetadata") == [
        {
            "type": "SessionMetadata",
            "total_audio_duration_ms": 750,
            "total_input_character_count": 12,
            "total_billable_character_count": 12,
        }
    ]
    assert story.actions[-1] == Close(code=1000)


def test_nothing_is_taken_after_close():
    story = flux_voice().sends(speak("one")).sends(CLOSE).sends(speak("two three")).waits(3)

    assert voice(story) == coded(AGENT_STREAM, 0, 8_000)


# ── Interrupt ────────────────────────────────────────────────────────────────


def test_an_interrupt_tells_what_was_heard_and_what_was_not():
    story = flux_voice().sends(speak("one two three four")).sends(FLUSH).waits(0.5).sends(interrupt(600))

    (told,) = story.messages("SpeechInterrupted")
    assert (told["audio_played_ms"], told["text_spoken"], told["text_remaining"]) == (600, "one two", "three four")
    assert told["metadata"]["speech_id"] == story.messages("SpeechStarted")[0]["speech_id"]


def test_after_an_interrupt_no_audio_of_the_turn_comes():
    story = flux_voice().sends(speak("word " * 40)).sends(FLUSH).waits(0.5).sends(interrupt(500))
    before = len(voice(story))

    story.waits(30)

    assert 0 < before == len(voice(story))
    assert story.messages("SpeechMetadata") == []


def test_without_an_offset_the_text_is_not_split():
    story = flux_voice().sends(speak("word " * 40)).waits(0.5).sends(interrupt())

    (told,) = story.messages("SpeechInterrupted")
    assert not {"text_spoken", "text_remaining"} & set(told)
    assert told["audio_played_ms"] == told["metadata"]["audio_duration_ms"] > 0


def test_a_turn_that_is_still_playing_can_be_interrupted():
    story = flux_voice().sends(speak("one two three four")).sends(FLUSH).waits(3).sends(interrupt(500))

    assert story.messages("SpeechInterrupted")[0]["text_spoken"] == "one two"


def test_the_session_goes_on_from_what_was_played():
    story = flux_voice().sends(speak("one two three four")).sends(FLUSH).waits(3).sends(interrupt(500))
    story.sends(speak("five six")).sends(FLUSH).waits(3).sends(interrupt(750))

    assert story.messages("SpeechInterrupted")[1]["text_spoken"] == "five"


def test_the_turn_behind_an_interrupted_one_is_spoken():
    story = flux_voice().sends(speak("word " * 40)).sends(FLUSH).sends(speak("next")).sends(FLUSH)

    story.waits(0.5).sends(interrupt(300)).waits(3)

    assert len(story.messages("SpeechMetadata")) == 1


def test_an_interrupt_can_drop_the_turns_behind():
    story = with_settings(interrupt_drops_pending=True).sends(speak("word " * 40)).sends(FLUSH).sends(speak("next"))

    story.sends(FLUSH).waits(0.5).sends(interrupt(300)).waits(3)

    assert story.messages("SpeechMetadata") == []


@pytest.mark.parametrize(
    ("before", "code"),
    [
        ([], "NO_AUDIO_GENERATED"),
        ([speak("one two"), FLUSH, None, interrupt(400)], "INVALID_INTERRUPT_OFFSET"),
        ([FLUSH], "NO_ACTIVE_SPEECH"),
    ],
    ids=["no audio", "an old offset", "no turn"],
)
def test_an_interrupt_that_means_nothing_is_warned_of(before: list[str | None], code: str):
    story = flux_voice()
    for text in before:
        story.waits(2) if text is None else story.sends(text)
    if code != "NO_ACTIVE_SPEECH":
        story.sends(interrupt(400))

    assert [warning["code"] for warning in story.messages("Warning")] == [code]
    assert story.close is None


def test_an_interrupt_without_a_turn_and_without_an_offset_is_warned_of():
    story = flux_voice().sends(speak("one")).sends(FLUSH).waits(3).sends(interrupt())

    assert [warning["code"] for warning in story.messages("Warning")] == ["NO_ACTIVE_SPEECH"]


# ── Configure ────────────────────────────────────────────────────────────────


def test_a_speed_is_applied():
    story = flux_voice().sends(configure()).sends(configure(speed=1.25))

    assert [told["applied"] for told in story.messages("ConfigureSuccess")] == [{}, {"speed": 1.25}]


@pytest.mark.parametrize(
    ("speed", "code"),
    [(0.45, "SPEED_OUT_OF_RANGE"), (1.55, "SPEED_OUT_OF_RANGE"), (1.01, "SPEED_INCREMENT_INVALID")],
)
def test_a_speed_that_cannot_be_had_is_refused(speed: float, code: str):
    (told,) = flux_voice().sends(configure(speed=speed)).messages("ConfigureFailure")

    assert (told["code"], told["field"], told["value"]) == (code, "speed", speed)


def test_a_speed_does_not_go_with_pronunciations_that_wait():
    story = flux_voice().sends(speak("one")).sends(FLUSH).sends(speak(PRONOUNCED)).sends(configure(speed=0.9))

    assert story.messages("ConfigureFailure")[0]["code"] == "CONTROL_COMBINATION_INVALID"


# ── what ends it ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("frame", "code", "close"),
    [
        ("not json", "MESSAGE-0000", 1003),
        ('{"type":"Clear"}', "MESSAGE-0000", 1003),
        (b"\x00", "MESSAGE-0000", 1003),
        ('{"type":"Speak"}', "DATA-0000", 1008),
        (speak("well {pause:500ms} yes"), "DATA-0002", 1008),
        (speak("a" * 2_001), "BIG-0000", 1009),
        ('{"type":"Interrupt","playback_offset":{"type":"bytes","value":7}}', "DATA-0000", 1008),
        ('{"type":"Configure","speed":"fast"}', "DATA-0000", 1008),
    ],
)
def test_what_flux_cannot_do_is_told_as_an_error_and_ends_the_connection(frame: str | bytes, code: str, close: int):
    story = flux_voice().sends(frame)

    assert [error["code"] for error in story.messages("Error")] == [code]
    assert story.close == Close(code=close, reason=code)


def test_pronunciations_do_not_go_with_a_speed():
    story = flux_voice(speed="0.9").sends(speak(PRONOUNCED))

    assert [error["code"] for error in story.messages("Error")] == ["DATA-0002"]


def test_a_connection_ends_after_an_hour():
    story = flux_voice().waits(4_000)

    assert (story.messages("Error")[0]["code"], story.closed_at_s) == ("NET-0003", 3600.0)


def test_a_rejected_message_ends_the_connection():
    assert flux_voice().suffers(Reject(name="Speak")).sends(speak("hello")).close == Close(
        code=1008, reason="DATA-0000"
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [("net0000", "NET-0000"), ("net0001", "NET-0001"), ("DATA-0000", "DATA-0000"), ("SchemaError", "MESSAGE-0000")],
)
def test_an_error_on_command_is_told(code: str, told: str):
    assert flux_voice().suffers(ProviderError(code=code)).messages("Error")[0]["code"] == told


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"model": "aura-2-thalia-en"}, "Bad Request"),
        ({"expressivity": "3"}, "EXPRESSIVITY_OUT_OF_RANGE"),
        ({"expressivity": "0.5"}, "EXPRESSIVITY_INCREMENT_INVALID"),
        ({"speed": "1.6"}, "SPEED_OUT_OF_RANGE"),
        ({"speed": "1.01"}, "SPEED_INCREMENT_INVALID"),
        ({"encoding": "mp3"}, "INVALID_QUERY_PARAMETER"),
        ({"sample_rate": "22050"}, "INVALID_QUERY_PARAMETER"),
    ],
    ids=str,
)
def test_a_query_that_cannot_be_served_is_refused(query: dict[str, str], code: str):
    answer = deepgram().asked(listen_request({**VOICE, **query}, path="/v2/speak"), 0.0)

    assert isinstance(answer, Answer)
    assert (answer.status, json.loads(answer.body[0].data)["err_code"]) == (400, code)


def test_a_query_is_told_before_the_key():
    answer = deepgram().asked(listen_request({**VOICE, "model": "aura-2-thalia-en"}, path="/v2/speak", headers=()), 0.0)

    assert isinstance(answer, Answer)
    assert answer.status == 400


FRAMES = st.one_of(
    st.sampled_from([FLUSH, speak("some words "), speak("here"), configure(speed=0.9), interrupt()]),
    st.integers(0, 5_000).map(interrupt),
    st.floats(0, 1),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(FRAMES, max_size=20))
def test_turns_never_overlap(frames: list[str | float]):
    story = flux_voice()
    for frame in frames:
        story.waits(frame) if isinstance(frame, float) else story.sends(frame)
    story.sends(CLOSE).waits(120)

    marks = [name for name in story.names if name in ("SpeechStarted", "SpeechMetadata", "SpeechInterrupted", "Audio")]
    inside = False
    for before, name in pairwise(["", *marks]):
        if name == "SpeechStarted":
            assert not inside
        if name == "Audio":
            assert inside, before
        inside = name in ("SpeechStarted", "Audio")
    assert story.names[-1] == "SessionMetadata"
    assert story.close == Close(code=1000)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60), st.just("[" * 5_000)))
def test_no_frame_breaks_a_connection(frame: str | bytes):
    story = flux_voice().sends(frame).sends(speak("hello")).waits(2)

    assert story.close is None or story.close.code in (1003, 1008, 1009)


def test_a_connection_can_have_no_longest_life():
    story = with_settings(speak_session_s=0.0).waits(100_000)

    assert (story.close, story.session.wake_at_s()) == (None, None)
