"""The turns that Flux tells."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.conversation import Conversation
from mock_servers.deepgram.turns import Thresholds, TurnEvent, Turns
from tests.support.deepgram_story import BYTES_PER_S, RATE_HZ, silence, speech

MOVES = {
    "StartOfTurn": {"Update", "EagerEndOfTurn", "EndOfTurn"},
    "Update": {"Update", "StartOfTurn", "EagerEndOfTurn", "EndOfTurn", "TurnResumed"},
    "EagerEndOfTurn": {"Update", "TurnResumed", "EndOfTurn"},
    "TurnResumed": {"Update", "EagerEndOfTurn", "EndOfTurn"},
    "EndOfTurn": {"Update", "StartOfTurn"},
}
"""Which event may follow which; docs/flux/state, with the updates between."""


def ear(thresholds: Thresholds | None = None, *, half_s: float = 0.15) -> Turns:
    return Turns(
        Conversation(seed=7), sample_rate_hz=RATE_HZ, thresholds=thresholds or Thresholds(), half_s=half_s
    )  # fmt: skip


def changes(told: list[TurnEvent]) -> list[str]:
    return [event.event for event in told if event.event != "Update"]


def texts(event: TurnEvent) -> list[str]:
    return [word.text for word in event.words]


def test_an_update_comes_every_quarter_of_a_second_also_in_silence():
    told = ear().heard(silence(2))

    assert [event.end_s for event in told] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0])


def test_a_turn_starts_with_its_first_word():
    told = ear().heard(silence(0.5) + speech(0, 1))

    start = next(event for event in told if event.event == "StartOfTurn")
    assert len(start.words) == 1
    assert start.end_s == pytest.approx(0.63, abs=0.011)


def test_a_turn_ends_when_the_model_is_sure_enough():
    told = ear().heard(speech(0, 1) + silence(1))

    end = told[-1] if told[-1].event == "EndOfTurn" else next(event for event in told if event.event == "EndOfTurn")
    assert end.trigger == "model"
    assert end.confidence >= 0.7
    # 260 ms of silence, as the vendor tells.
    assert end.end_s == pytest.approx(1.26, abs=0.011)


def test_a_threshold_of_one_leaves_the_end_to_the_timeout():
    told = ear(Thresholds(eot=1.0, eot_timeout_s=2.0)).heard(speech(0, 1) + silence(3))

    (end,) = [event for event in told if event.event == "EndOfTurn"]
    assert (end.trigger, end.end_s) == ("timeout", pytest.approx(3.0))


def test_a_forced_end_takes_the_audio_so_far():
    turns = ear()
    turns.heard(speech(0, 1.05))

    (end,) = turns.forced()

    assert (end.event, end.trigger, end.end_s) == ("EndOfTurn", "manual", pytest.approx(1.05))


def test_without_a_turn_nothing_can_be_forced():
    turns = ear()
    turns.heard(silence(1))

    assert turns.forced() == []


def test_speech_after_an_eager_end_resumes_the_turn():
    told = ear(Thresholds(eot=0.95, eager_eot=0.5)).heard(speech(0, 1) + silence(0.3) + speech(1, 2))

    assert changes(told) == ["StartOfTurn", "EagerEndOfTurn", "TurnResumed"]
    assert {event.turn for event in told} == {0}


def test_an_end_has_the_words_of_the_eager_end_before_it():
    told = ear(Thresholds(eot=0.9, eager_eot=0.4)).heard(speech(0, 1) + silence(2))

    ends = [event for event in told if event.event.endswith("EndOfTurn")]
    assert [event.event for event in ends] == ["EagerEndOfTurn", "EndOfTurn"]
    assert texts(ends[0]) == texts(ends[1])


def test_without_an_eager_threshold_no_turn_is_eagerly_ended():
    told = ear().heard(speech(0, 1) + silence(0.2) + speech(1, 2) + silence(1))

    assert changes(told) == ["StartOfTurn", "EndOfTurn"]


def test_the_next_turn_begins_where_the_last_one_ended():
    told = ear().heard(speech(0, 1) + silence(1) + speech(1, 2) + silence(1))

    first, second = [event for event in told if event.event == "EndOfTurn"]
    assert (first.turn, second.turn) == (0, 1)
    assert second.start_s == first.end_s


def test_thresholds_can_change_while_a_turn_goes_on():
    turns = ear(Thresholds(eot=1.0))
    turns.heard(speech(0, 1) + silence(1))
    turns.thresholds = Thresholds(eot=0.5)

    told = turns.heard(silence(0.01))

    assert changes(told) == ["EndOfTurn"]


sounds = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 25)), min_size=1, max_size=5)


def audio(turns: list[tuple[int, int]]) -> bytes:
    """Tenths of a second: silences and speech in turn, the speech going on in the caller's own stream."""
    pcm, position = b"", 0.0
    for quiet, loud in turns:
        pcm += silence(quiet / 10) + speech(position, position + loud / 10)
        position += loud / 10
    return pcm


@settings(max_examples=60, deadline=None)
@given(sounds, st.sampled_from([0.5, 0.7, 0.95, 1.0]), st.sampled_from([None, 0.3, 0.5]))
def test_events_follow_the_state_machine(turns: list[tuple[int, int]], eot: float, eager_eot: float | None):
    told = ear(Thresholds(eot=eot, eager_eot=eager_eot, eot_timeout_s=0.8)).heard(audio(turns) + silence(1))

    assert all(after.event in MOVES[before.event] for before, after in pairwise(told))
    assert all(event.words for event in told if event.event in ("StartOfTurn", "EagerEndOfTurn"))
    assert all((event.trigger is not None) == (event.event == "EndOfTurn") for event in told)
    assert [event.turn for event in told] == sorted(event.turn for event in told)


@settings(max_examples=30, deadline=None)
@given(sounds, st.lists(st.integers(1, 9_000), min_size=1, max_size=6))
def test_what_is_told_does_not_depend_on_how_the_audio_is_cut(turns: list[tuple[int, int]], sizes: list[int]):
    pcm = audio(turns) + silence(1)
    odd, told, at = ear(Thresholds(eager_eot=0.4)), [], 0
    while at < len(pcm):
        size = sizes[len(told) % len(sizes)]
        told += odd.heard(pcm[at : at + size])
        at += size

    assert told == ear(Thresholds(eager_eot=0.4)).heard(pcm)
    assert all(event.end_s <= len(pcm) / BYTES_PER_S + 1e-9 for event in told)
