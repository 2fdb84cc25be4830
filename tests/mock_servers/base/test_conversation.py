import os
import subprocess
import sys

import pytest

from mock_servers.base.conversation import Conversation, ToolCall


def test_the_same_seed_says_the_same_words():
    assert [Conversation(seed=7).word(cell) for cell in range(50)] == [Conversation(seed=7).word(c) for c in range(50)]


def test_another_seed_says_other_words():
    assert [Conversation(seed=7).word(cell) for cell in range(50)] != [Conversation(seed=8).word(c) for c in range(50)]


def test_no_word_comes_twice_within_two_minutes_of_speech():
    conversation = Conversation()

    words = [conversation.word(cell) for cell in range(480)]

    assert len(set(words)) == len(words)


def test_words_are_lower_case_and_have_no_spaces():
    conversation = Conversation()

    assert all(conversation.word(cell).isalpha() and conversation.word(cell).islower() for cell in range(2_000))


def test_an_answer_does_not_depend_on_what_was_asked_before():
    asked_all = Conversation(seed=3)
    answers = [asked_all.reply("hello", turn=turn) for turn in range(4)]

    assert Conversation(seed=3).reply("hello", turn=3) == answers[3]


def test_an_answer_is_the_same_in_a_process_with_another_hash_seed():
    program = "from mock_servers.base.conversation import Conversation as C; c = C(seed=5); print(c.word(9), c.reply('', turn=2).text)"
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for hash_seed in ("1", "2")
    }

    assert len(said) == 1


def test_scripted_turns_come_before_those_that_are_made_up():
    conversation = Conversation(turns=("First.", "Second."))

    assert [conversation.reply("", turn=turn).text for turn in (0, 1)] == ["First.", "Second."]


def test_after_the_last_scripted_turn_answers_are_made_up():
    assert Conversation(seed=1, turns=("First.",)).reply("", turn=1) == Conversation(seed=1).reply("", turn=1)


def test_a_caller_who_asks_for_a_tool_by_its_name_gets_that_call():
    reply = Conversation(turns=("First.",)).reply("please call get_weather now", turn=0, tools=("get_weather",))

    assert isinstance(reply.tool_call, ToolCall)
    assert reply.tool_call.name == "get_weather"


def test_a_tool_that_the_session_does_not_have_is_not_called():
    assert Conversation().reply("call get_weather", turn=0, tools=("get_time",)).tool_call is None


def test_a_negative_wait_is_refused():
    with pytest.raises(ValueError, match="reply_after_s must be at least 0, not -1"):
        Conversation(reply_after_s=-1)
