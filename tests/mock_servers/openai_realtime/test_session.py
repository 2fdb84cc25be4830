"""How sessions end, what the provider does to them, and what observers see."""

import pytest

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Close, Heard, Send
from mock_servers.base.trouble import (
    FailResponse,
    GoAway,
    ProviderError,
    Quota,
    RateLimited,
    Reject,
    SessionExpired,
    Unsupported,
)
from mock_servers.base.voice import AGENT_STREAM, coded
from mock_servers.openai_realtime import OpenAIRealtime, Settings
from mock_servers.openai_realtime.catalogue import SERVER_TYPES
from tests.support.realtime_story import Story, error, kinds, only, text_turn


def test_a_session_ends_at_its_cap_with_an_error_and_1001():
    story = Story(OpenAIRealtime(Conversation(), settings=Settings(session_cap_s=60.0)))
    quiet = story.passes(59.9)
    last = story.passes(0.2)

    assert quiet == []
    assert error(last)["code"] == "session_expired"
    assert story.close == Close(code=1001, reason="Your session hit the maximum duration of 1 minutes.")


def test_the_cap_ends_a_response_halfway():
    story = Story(OpenAIRealtime(Conversation(), settings=Settings(session_cap_s=60.0)))
    story.passes(59.5)
    story.client("response.create")
    story.passes(10)

    assert kinds(story.messages)[-1] == "error"
    assert story.session.wake_at_s() is None


def test_an_expired_session_ends_like_one_at_its_cap():
    story = Story()
    story.troubled(SessionExpired())

    assert story.close is not None
    assert (error(story.messages)["code"], story.close.code) == ("session_expired", 1001)


def test_a_provider_error_leaves_the_session_open():
    story = Story()
    told = error(story.troubled(ProviderError(code="server_error")))

    assert (told["type"], told["code"], story.close) == ("server_error", None, None)


def test_an_exhausted_quota_is_told_and_closed():
    story = Story()
    told = error(story.troubled(Quota()))

    assert told["code"] == "insufficient_quota"
    assert story.actions[-1] == Close(code=3000, reason="insufficient_quota.insufficient_quota")


def test_a_rate_limit_fails_the_response_that_is_running():
    story = Story()
    story.client("response.create")
    story.passes(0.5)
    told = story.troubled(RateLimited(retry_after_s=86.4))
    failed = only(told, "response.done")["response"]

    assert (failed["status"], failed["status_details"]["error"]["code"]) == ("failed", "rate_limit_exceeded")
    assert "try again in 1m26.4s" in error(told)["message"]


def test_a_rate_limit_without_a_response_is_an_error_event():
    assert kinds(Story().troubled(RateLimited(retry_after_s=3))) == ["error"]


def test_the_running_response_fails():
    story = Story()
    story.client("response.create")
    story.passes(0.5)
    told = story.troubled(FailResponse(code="server_error"))

    assert told[-1]["response"]["status_details"]["error"]["type"] == "server_error"
    assert "error" not in kinds(told)


def test_the_next_response_fails_where_none_is_running():
    story = Story()
    story.troubled(FailResponse(code="server_error"))
    failed = only(story.client("response.create") + story.passes(10), "response.done")
    passed = only(story.client("response.create") + story.passes(10), "response.done")

    assert [failed["response"]["status"], passed["response"]["status"]] == ["failed", "completed"]


def test_a_failure_that_was_lifted_does_not_come():
    story = Story()
    story.troubled(FailResponse(code="server_error"))
    story.session.relieved(FailResponse(code="server_error"), story.now_s)

    assert (
        only(story.client("response.create") + story.passes(10), "response.done")["response"]["status"] == "completed"
    )


def test_a_rejected_event_has_no_effect():
    story = Story()
    story.troubled(Reject(name="conversation.item.create"))
    told = text_turn(story)

    assert kinds(told) == ["error"]
    assert story.heard[-1] == Heard(name="conversation.item.create", body=story.heard[-1].body)


def test_an_event_is_no_longer_rejected_when_that_is_over():
    story = Story()
    story.troubled(Reject(name="conversation.item.create"))
    story.session.relieved(Reject(name="conversation.item.create"), story.now_s)

    assert kinds(text_turn(story))[0] == "conversation.item.added"


def test_openai_does_not_say_goodbye():
    with pytest.raises(Unsupported, match="OpenAI Realtime has no GoAway; it has ProviderError"):
        OpenAIRealtime(Conversation()).check(GoAway(time_left_s=1))


@pytest.mark.parametrize("name", SERVER_TYPES)
def test_every_server_event_has_an_example(name):
    assert OpenAIRealtime(Conversation()).message(name, None)["type"] == name


def test_observers_are_told_no_audio_and_no_dates():
    story = Story()
    story.client("response.create")
    story.passes(10)
    sends = [action for action in story.actions if isinstance(action, Send)]

    assert "expires_at" not in sends[0].body["session"]
    assert not [send for send in sends if send.audio and "delta" in send.body]
    assert b"".join(send.audio for send in sends)[:8] == coded(AGENT_STREAM, 0, 8)


def test_the_same_story_is_told_in_the_same_bytes():
    def told() -> list[str | bytes]:
        story = Story()
        story.says(1.0)
        story.is_silent(0.3)
        story.passes(10)
        return [action.payload for action in story.actions if isinstance(action, Send)]

    assert told() == told()


# Limits.


def test_a_message_that_is_too_long_is_closed_with_1009():
    story = Story(settings=Settings(message_bytes_max=1000))
    story.client("input_audio_buffer.append", audio="A" * 1000)

    assert story.close == Close(code=1009, reason="message too big")


@pytest.mark.parametrize(("append_limit", "told"), [("base64", ["error"]), ("decoded", [])])
def test_fifteen_mebibytes_are_counted_as_it_is_set(append_limit, told):
    story = Story(settings=Settings(append_limit=append_limit))

    assert kinds(story.client("input_audio_buffer.append", audio="A" * (15 * 1024 * 1024 + 4))) == told


def test_an_update_does_not_put_the_end_off():
    story = Story(settings=Settings(session_cap_s=60.0))
    story.passes(50)
    updated = story.client("session.update", session={"type": "realtime", "instructions": "Go on."})
    story.passes(10)

    assert updated[0]["session"]["expires_at"] == story.messages[0]["session"]["expires_at"]
    assert story.close is not None


def test_the_close_behind_a_quota_can_be_set():
    story = Story(settings=Settings(quota_close_code=4003))
    story.troubled(Quota())

    assert story.close == Close(code=4003, reason="insufficient_quota.insufficient_quota")


@pytest.mark.parametrize(
    "wrong",
    [
        {"audio_delta_ms": 5},
        {"speedup": 0.0},
        {"response_failures": 1.5},
        {"message_bytes_max": 0},
        {"session_cap_s": 0.0},
        {"quota_close_code": 1000},
        {"rate_limit_tokens": 0},
    ],
)
def test_a_setting_out_of_its_range_is_refused_by_its_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)
