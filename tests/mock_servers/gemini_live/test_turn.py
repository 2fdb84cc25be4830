"""A model's turn as a plan: nothing is lost, and everything is in order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.voice import Voice
from mock_servers.gemini_live.flavour import GEMINI_API, VERTEX
from mock_servers.gemini_live.turn import AGENT_RATE_HZ, spoken, written

WORDS = st.lists(st.text("abcdefg", min_size=1, max_size=5), max_size=12)


@settings(deadline=None)
@given(WORDS)
def test_the_chunks_of_a_spoken_turn_are_its_audio(words: list[str]):
    pcm = Voice(sample_rate_hz=AGENT_RATE_HZ).say(" ".join(words))

    turn = spoken(" ".join(words), pcm, GEMINI_API, transcribed=True)

    assert b"".join(step.audio for step in turn.steps) == pcm


@settings(deadline=None)
@given(WORDS, st.booleans())
def test_the_pieces_of_a_turn_are_its_words(words: list[str], aloud: bool):
    text = " ".join(words)
    pcm = Voice(sample_rate_hz=AGENT_RATE_HZ).say(text)

    turn = spoken(text, pcm, GEMINI_API, transcribed=False) if aloud else written(text, GEMINI_API)

    assert "".join(step.text for step in turn.steps) == text


@settings(deadline=None)
@given(WORDS)
def test_the_steps_of_a_turn_are_in_order_of_time(words: list[str]):
    text = " ".join(words)

    turn = spoken(text, Voice(sample_rate_hz=AGENT_RATE_HZ).say(text), GEMINI_API, transcribed=True)

    times = [step.after_s for step in turn.steps]
    assert times == sorted(times)
    assert turn.over_after_s >= times[-1]


def test_a_spoken_turn_is_over_when_it_could_have_been_heard():
    turn = spoken(
        "one two three four", Voice(sample_rate_hz=AGENT_RATE_HZ).say("one two three four"), VERTEX, transcribed=False
    )

    assert turn.over_after_s == pytest.approx(1.0)


def test_vertex_names_the_role():
    (first, *_) = written("hello", VERTEX).steps

    assert first.message == {"serverContent": {"modelTurn": {"role": "model", "parts": [{"text": "hello"}]}}}
