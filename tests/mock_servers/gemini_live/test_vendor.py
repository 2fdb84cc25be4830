"""The vendor's messages by name."""

from __future__ import annotations

import json

import pytest

from tests.support.gemini_shapes import check_shape
from tests.support.gemini_story import Call, gemini

REST = {"generateContent", "streamGenerateContent"}


def test_there_is_a_valid_message_of_each_name_that_can_be_sent():
    vendor = gemini()

    for name in vendor.catalogue.server - REST:
        message = vendor.message(name, None)
        assert list(message) == [name]
        check_shape(message)


def test_a_function_call_out_of_turn_calls_a_function_that_the_session_has():
    call = Call(gemini()).sets_up(tools=[{"functionDeclarations": [{"name": "weather"}]}])

    message = call.vendor.message("toolCall", call.session)

    assert message["toolCall"]["functionCalls"][0]["name"] == "weather"


@pytest.mark.parametrize("name", ["session.created", "generateContent", "setup"])
def test_there_is_no_message_of_another_name(name: str):
    with pytest.raises(KeyError):
        gemini().message(name, None)


def test_text_frames_can_be_had():
    vendor = gemini(text_frames=True)

    assert json.loads(vendor.encode({"setupComplete": {}})) == {"setupComplete": {}}
    assert isinstance(vendor.encode({}), str)


def test_json_on_one_line_can_be_had():
    assert gemini(compact_json=True).encode({"setupComplete": {}}) == b'{"setupComplete":{}}'


def test_what_observers_learn_of_a_message_holds_no_audio():
    call = Call(gemini()).sets_up().types("hi").waits(0.4)

    spoken = [action for action in call.actions if getattr(action, "audio", b"")]
    assert spoken[0].body == {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000"}}]}}
    assert len(spoken[0].audio) == 9600
