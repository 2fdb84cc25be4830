"""Everything that can be set, and that what nobody sets is as Google has it."""

from __future__ import annotations

import pytest

from mock_servers.base.settings import settings_in
from mock_servers.gemini_live.settings import Settings
from tests.support.gemini_story import Call, gemini

REFUSED = (1007, "Request contains an invalid argument.")
HELLO = {"clientContent": {"turns": [{"parts": [{"text": "hello"}]}], "turnComplete": True}}
MANUAL = {"automaticActivityDetection": {"disabled": True}}


def test_every_setting_says_what_it_means():
    assert all(setting.meaning for setting in settings_in(Settings))


def test_a_scale_of_one_changes_nothing():
    assert Settings().scaled == Settings()


def test_a_scale_multiplies_lifetimes_only():
    scaled = Settings(time_scale=0.5).scaled

    assert (scaled.connection_s, scaled.handle_ttl_s, scaled.reasoning_s) == (295.0, 3600.0, 1.0)


def test_a_setup_can_take_its_time():
    call = Call(gemini(setup_s=0.4)).sets_up()
    assert call.messages == []

    assert call.waits(1.0).heard == [(0.4, {"setupComplete": {}})]


def test_messages_before_the_setup_is_complete_are_kept():
    call = Call(gemini(setup_s=0.4)).sets_up().sends(HELLO).waits(1.0)

    assert call.kinds[:2] == ["setupComplete", "modelTurn"]


def test_messages_before_the_setup_is_complete_can_be_refused():
    call = Call(gemini(setup_s=0.4, before_setup_complete="refused")).sets_up().sends(HELLO)

    assert call.ending == REFUSED


def test_a_second_setup_is_refused_also_while_the_first_is_taken():
    assert Call(gemini(setup_s=0.4)).sets_up().sets_up().ending == REFUSED


def test_a_client_that_never_waits_is_ended():
    call = Call(gemini(setup_s=60.0)).sets_up()

    for _ in range(513):
        call.sends({"realtimeInput": {}})

    assert call.ending == REFUSED


@pytest.mark.parametrize("name", ["unknown_thing", "unknownThing"])
def test_unknown_fields_can_be_ignored_at_any_depth(name: str):
    setup = {
        "model": "models/m",
        name: 1,
        "generation_config": {name: {}, "temperature": 0.5, "speech_config": {name: []}},
    }

    call = Call(gemini(unknown_fields="ignored")).sends({"setup": setup})

    assert call.kinds == ["setupComplete"]
    assert call.understood[0].body["generationConfig"]["temperature"] == 0.5


def test_activity_signals_out_of_turn_can_be_ignored():
    call = Call(gemini(activity_signals="ignored")).sets_up().sends({"realtimeInput": {"activityStart": {}}}).waits(5.0)

    assert call.kinds == ["setupComplete"]
    assert call.ending is None


def test_an_interrupted_thought_can_be_told():
    call = Call(gemini(interrupts_thought=True)).sets_up().types("hello").types("wait")

    assert call.kinds == ["setupComplete", "interrupted", "turnComplete"]


@pytest.mark.parametrize(("late_s", "is_told"), [(0.5, True), (0.0, False)])
def test_an_interruption_can_come_behind_the_turn(late_s: float, is_told: bool):
    call = Call(gemini(turns=("one",), late_interruption_s=late_s)).sets_up().types("hello").waits(0.7).speaks(0.1)

    assert (call.kinds[-1] == "interrupted") is is_told


def test_an_interruption_comes_late_once_a_turn():
    call = Call(gemini(turns=("one",), late_interruption_s=9.0)).sets_up().types("hello").waits(0.7).speaks(0.1)

    call.is_silent(0.6).speaks(0.1)

    assert call.kinds.count("interrupted") == 1


def test_the_pace_of_the_audio_can_be_that_of_speech():
    call = Call(gemini(turns=("one two three four",), audio_pace=1.0)).sets_up().types("hello").waits(5.0)

    assert call.times("serverContent", "modelTurn") == pytest.approx([0.3, 0.5, 0.74, 0.98, 1.22])


def test_jitter_comes_from_the_seed():
    def times() -> list[float]:
        return Call(gemini(jitter_s=0.1)).sets_up().types("hello").waits(5.0).times("serverContent", "modelTurn")

    assert times() == times()
    assert times() != Call(gemini()).sets_up().types("hello").waits(5.0).times("serverContent", "modelTurn")


def test_a_late_transcript_comes_beside_the_answer():
    late = Call(gemini(transcript_lag_s=3.0)).sets_up(inputAudioTranscription={}).speaks(1.0).is_silent(6.0)
    prompt = Call(gemini()).sets_up(inputAudioTranscription={}).speaks(1.0).is_silent(6.0)

    def pieces(call: Call) -> list[str]:
        return [piece["text"] for piece in call.all("serverContent", "inputTranscription")]

    assert pieces(late) == pieces(prompt)
    assert late.times("serverContent", "inputTranscription")[-1] > late.times("serverContent", "modelTurn")[0]
    assert prompt.times("serverContent", "inputTranscription")[-1] < prompt.times("serverContent", "modelTurn")[0]
