"""Trouble on command, in Gemini's own words: close frames, for it has no error messages."""

from __future__ import annotations

import pytest

from mock_servers.base.trouble import (
    FailResponse,
    GoAway,
    ProviderError,
    Quota,
    RateLimited,
    Reject,
    SessionExpired,
    Stall,
    Trouble,
    Unsupported,
)
from mock_servers.gemini_live import GeminiLive
from tests.support.gemini_story import Call, gemini


@pytest.mark.parametrize(
    ("trouble", "ending"),
    [
        (ProviderError(code="INVALID_ARGUMENT"), (1007, "Request contains an invalid argument.")),
        (ProviderError(code="FAILED_PRECONDITION"), (1007, "Precondition check failed.")),
        (ProviderError(code="NOT_FOUND"), (1008, "Requested entity was not found.")),
        (ProviderError(code="ABORTED"), (1008, "The operation was aborted")),
        (ProviderError(code="UNIMPLEMENTED"), (1008, "Operation is not implemented, or supported, or enabled.")),
        (ProviderError(code="INTERNAL"), (1011, "Internal error encountered.")),
        (ProviderError(code="UNAVAILABLE"), (1011, "The service is currently unavailable.")),
        (ProviderError(code="CANCELLED"), (1000, "The operation was cancelled.")),
        (RateLimited(retry_after_s=20.0), (1011, "Resource has been exhausted (e.g. check quota).")),
        (Quota(), (1011, "You exceeded your current quota, please check your plan and billing details.")),
        (SessionExpired(), (1011, "Deadline expired before operation could complete.")),
        (FailResponse(code="INTERNAL"), (1011, "Internal error encountered.")),
    ],
)
def test_a_failure_is_a_close_frame(trouble: Trouble, ending: tuple[int, str]):
    call = Call(gemini()).sets_up().types("hi").waits(0.4).troubles(trouble)

    assert call.ending == ending


def test_a_close_frame_is_the_last_thing_a_session_does():
    call = Call(gemini()).sets_up().types("hi").waits(0.4).troubles(Quota())

    call.types("anybody there?").waits(3600.0).troubles(GoAway(time_left_s=1.0))

    assert call.session.wake_at_s() is None


def test_a_goaway_tells_the_time_left_and_the_abort_comes_after_it():
    call = Call(gemini()).sets_up().waits(5.0).troubles(GoAway(time_left_s=2.5))
    assert call.heard[-1] == (5.0, {"goAway": {"timeLeft": "2.500s"}})

    call.waits(3.2)
    assert call.ending is None
    call.waits(0.2)

    assert call.ending is not None
    assert call.ending[0] == 1008


def test_a_goaway_lets_the_agent_finish_its_sentence():
    call = Call(gemini()).sets_up().types("hi").waits(0.4).troubles(GoAway(time_left_s=10.0)).waits(6.0)

    assert call.kinds[-2:] == ["generationComplete", "turnComplete"]


def test_nothing_comes_before_setup_complete_not_even_a_goaway():
    call = Call(gemini()).troubles(GoAway(time_left_s=10.0)).waits(1.0).sets_up()

    assert call.kinds == ["setupComplete", "timeLeft"]


def test_a_goaway_of_ours_does_not_put_off_the_end_of_the_connection():
    call = Call(gemini(connection_s=60.0)).sets_up().waits(20.0).troubles(GoAway(time_left_s=500.0)).waits(41.0)

    assert call.ending is not None


def test_a_running_answer_fails_with_its_reason():
    call = Call(gemini()).sets_up().types("hi").waits(0.4).troubles(FailResponse(code="PROHIBITED_INPUT_CONTENT"))
    call.waits(10.0)

    assert call.all("serverContent", "turnCompleteReason") == ["PROHIBITED_INPUT_CONTENT"]
    assert "generationComplete" not in call.kinds


def test_without_a_running_answer_the_next_one_fails():
    call = Call(gemini()).sets_up().troubles(FailResponse(code="RESPONSE_REJECTED")).types("hi").waits(5.0)

    assert call.kinds == ["setupComplete", "turnComplete"]
    assert call.all("serverContent", "turnCompleteReason") == ["RESPONSE_REJECTED"]


def test_only_one_answer_fails():
    call = Call(gemini()).sets_up().troubles(FailResponse(code="RESPONSE_REJECTED")).types("hi").waits(5.0)

    call.types("hi").waits(5.0)

    assert call.kinds[-2:] == ["generationComplete", "turnComplete"]


def test_a_rejected_message_ends_the_session():
    call = Call(gemini()).sets_up().troubles(Reject(name="clientContent")).types("hi")

    assert call.ending == (1007, "Request contains an invalid argument.")


def test_other_messages_than_the_rejected_one_are_taken():
    call = Call(gemini()).sets_up().troubles(Reject(name="clientContent")).sends({"realtimeInput": {"text": "hi"}})

    assert call.ending is None


def test_a_message_is_taken_again_when_the_trouble_is_over():
    call = Call(gemini()).sets_up().troubles(Reject(name="clientContent"))
    call.session.relieved(Reject(name="clientContent"), call.now_s)

    assert call.types("hi").ending is None


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (ProviderError(code="server_error"), "its errors are gRPC statuses: ABORTED, CANCELLED"),
        (FailResponse(code="server_error"), "it fails with BLOCKLIST"),
        (Reject(name="session.update"), "it has clientContent, contextUpdate"),
        (Stall(phase="tcp"), "is no trouble of a session"),
        (GoAway(time_left_s=-1.0), "between 0 s and"),
        (GoAway(time_left_s=float("inf")), "between 0 s and"),
    ],
)
def test_what_gemini_does_not_have_is_refused_by_name(trouble: Trouble, says: str):
    vendor: GeminiLive = gemini()

    with pytest.raises(Unsupported, match=says):
        vendor.check(trouble)
    with pytest.raises(Unsupported, match=says):
        Call(vendor).sets_up().troubles(trouble)
