"""A model's turn as a plan: nothing is lost, and everything is in order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.voice import Voice
from mock_servers.gemini_live.client_messages import AudioTranscription
from mock_servers.gemini_live.flavour import VERTEX
from mock_servers.gemini_live.turn import AGENT_RATE_HZ, Manner, delayed, spoken, written

WORDS = st.lists(st.text("abcdefg", min_size=1, max_size=5), max_size=12)


@settings(deadline=None)
@given(WORDS)
def test_the_chunks_of_a_spoken_turn_are_its_audio(words: list[str]):
    pcm = Voice(sample_rate_hz=AGENT_RATE_HZ).say(" ".join(words))

    turn = spoken(" ".join(words), pcm, Manner(transcribed=AudioTranscription()))

    assert b"".join(step.audio for step in turn.steps) == pcm


@settings(deadline=None)
@given(WORDS, st.booleans())
def test_the_pieces_of_a_turn_are_its_words(words: list[str], aloud: bool):
    text = " ".join(words)
    pcm = Voice(sample_rate_hz=AGENT_RATE_HZ).say(text)

    turn = spoken(text, pcm, Manner()) if aloud else written(text, Manner())

    assert "".join(step.text for step in turn.steps) == text


@settings(deadline=None)
@given(WORDS)
def test_the_steps_of_a_turn_are_in_order_of_time(words: list[str]):
    text = " ".join(words)

    turn = spoken(text, Voice(sample_rate_hz=AGENT_RATE_HZ).say(text), Manner(transcribed=AudioTranscription()))

    times = [step.after_s for step in turn.steps]
    assert times == sorted(times)
    assert turn.over_after_s >= times[-1]


def test_a_spoken_turn_is_over_when_it_could_have_been_heard():
    pcm = Voice(sample_rate_hz=AGENT_RATE_HZ).say("one two three four")

    turn = spoken("one two three four", pcm, Manner(flavour=VERTEX))

    assert turn.over_after_s == pytest.approx(1.0)


def test_vertex_names_the_role():
    (first, *_) = written("hello", Manner(flavour=VERTEX)).steps

    assert first.message == {"serverContent": {"modelTurn": {"role": "model", "parts": [{"text": "hello"}]}}}


@settings(deadline=None)
@given(WORDS, st.floats(0.001, 1.0), st.integers())
def test_jitter_makes_messages_late_and_keeps_their_order(words: list[str], jitter_s: float, seed: int):
    text = " ".join(words)
    turn = spoken(text, Voice(sample_rate_hz=AGENT_RATE_HZ).say(text), Manner())

    late = delayed(turn, jitter_s, random.Random(seed))

    times = [step.after_s for step in late.steps]
    assert times == sorted(times)
    assert all(0 <= b.after_s - a.after_s <= jitter_s + 1e-9 for a, b in zip(turn.steps, late.steps, strict=True))


def test_audio_goes_out_by_its_place_and_never_by_the_message_before():
    text = " ".join(["word"] * 240)
    turn = spoken(text, Voice(sample_rate_hz=AGENT_RATE_HZ).say(text), Manner(pace=1.0))

    position = 0
    for step in turn.steps[:-1]:
        assert step.after_s == position / (AGENT_RATE_HZ * 2)
        position += len(step.audio)
    assert position == 60 * AGENT_RATE_HZ * 2
