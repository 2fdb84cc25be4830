"""Handles: when they are given, what they bring back, and how they are refused."""

from __future__ import annotations

import pytest

from mock_servers.base.trouble import RefuseResume
from mock_servers.gemini_live.endings import SESSION_NOT_FOUND
from mock_servers.gemini_live.resumption import HANDLES_MAX, SESSIONS_MAX, Handles, Remembered
from tests.support.gemini_story import Call, gemini, upgrade

VERTEX_PATH = "/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent"


def after_a_turn(call: Call | None = None) -> Call:
    return (
        (call or Call(gemini(turns=("first answer", "second answer"))))
        .sets_up(sessionResumption={})
        .types("hi")
        .waits(3.0)
    )


def test_a_handle_comes_shortly_after_the_turn():
    call = after_a_turn()

    assert call.kinds[-2:] == ["turnComplete", "newHandle"]
    assert call.times("sessionResumptionUpdate", "newHandle")[0] == pytest.approx(
        call.times("serverContent", "turnComplete")[0] + 0.05
    )


def test_a_busy_session_says_that_it_cannot_be_resumed_with_an_empty_update():
    call = Call(gemini()).sets_up(sessionResumption={}).types("hi").waits(0.35)

    assert call.all("sessionResumptionUpdate") == [{}]


def test_a_vertex_session_can_be_resumed_while_it_is_busy():
    call = Call(gemini(), request=upgrade(VERTEX_PATH, key="", authorization="Bearer token"))

    call.sets_up(sessionResumption={}).types("hi").waits(0.35)

    assert call.all("sessionResumptionUpdate", "resumable") == [True]


def test_handles_are_given_only_to_those_who_ask():
    call = Call(gemini()).sets_up().types("hi").waits(5.0)

    assert call.all("sessionResumptionUpdate") == []


def test_there_is_no_handle_before_the_first_turn():
    call = Call(gemini()).sets_up(sessionResumption={}).waits(60.0)

    assert call.kinds == ["setupComplete"]


def test_a_resumed_session_says_so_to_the_server_and_not_to_the_client():
    call = after_a_turn()

    again = call.redials(sessionResumption={"handle": call.handle})

    assert again.resumed is True
    assert again.messages == [{"setupComplete": {}}]


def test_a_resumed_session_goes_on_with_the_conversation():
    call = after_a_turn()

    again = (
        call.redials(sessionResumption={"handle": call.handle}, outputAudioTranscription={}).types("and?").waits(3.0)
    )

    assert "".join(p["text"] for p in again.all("serverContent", "outputTranscription")) == "second answer"


def test_a_fresh_session_begins_the_conversation_anew():
    call = after_a_turn()

    again = call.redials(sessionResumption={}, outputAudioTranscription={}).types("and?").waits(3.0)

    assert again.resumed is False
    assert "".join(p["text"] for p in again.all("serverContent", "outputTranscription")) == "first answer"


def test_what_was_said_after_the_handle_is_forgotten():
    call = after_a_turn()
    handle = call.handle
    call.types("and?").waits(5.0)

    again = call.redials(sessionResumption={"handle": handle}, outputAudioTranscription={}).types("and?").waits(3.0)

    assert "".join(p["text"] for p in again.all("serverContent", "outputTranscription")) == "second answer"


def test_the_context_of_a_resumed_session_is_charged_again():
    call = after_a_turn()

    again = call.redials(sessionResumption={"handle": call.handle}).types("hi").waits(3.0)

    first, second = (c.messages[c.kinds.index("turnComplete")]["usageMetadata"] for c in (call, again))
    assert second["promptTokenCount"] == first["totalTokenCount"] + 1


@pytest.mark.parametrize("handle", ["short", "white space in a handle", "ü" * 20, "x" * 513])
def test_what_cannot_be_a_handle_is_invalid(handle: str):
    call = Call(gemini()).sets_up(sessionResumption={"handle": handle})

    assert call.ending == (1007, "Invalid session handle")


def test_a_handle_that_nobody_gave_out_has_no_session():
    call = Call(gemini()).sets_up(sessionResumption={"handle": "0" * 40})

    assert call.ending == (1008, "BidiGenerateContent session not found")


def test_a_handle_dies_two_hours_after_its_session():
    call = after_a_turn().waits(100.0)
    call.hangs_up()

    in_time = Call(call.vendor, now_s=call.now_s + 7200.0).sets_up(sessionResumption={"handle": call.handle})
    in_time.hangs_up()
    too_late = Call(call.vendor, now_s=in_time.now_s + 7201.0).sets_up(sessionResumption={"handle": call.handle})

    assert in_time.resumed is True
    assert too_late.ending == (1008, "BidiGenerateContent session not found")


def test_a_session_cannot_be_resumed_while_its_old_socket_is_open():
    call = after_a_turn()

    again = Call(call.vendor, now_s=call.now_s).sets_up(sessionResumption={"handle": call.handle})

    assert again.ending == (1011, "Internal error encountered.")


def test_a_session_is_one_session_under_each_of_its_handles():
    call = after_a_turn()
    first_handle = call.handle
    again = call.redials(sessionResumption={"handle": first_handle})

    third = Call(call.vendor, now_s=again.now_s).sets_up(sessionResumption={"handle": first_handle})

    assert third.ending == (1011, "Internal error encountered.")


def test_a_handle_of_another_model_is_taken_and_the_session_dies_at_once():
    call = after_a_turn()

    again = call.redials(model="models/gemini-live-other", sessionResumption={"handle": call.handle}).waits(0.3)

    assert again.resumed is False
    assert again.ending == (1011, "Internal error encountered.")


def test_handles_of_a_refused_session_are_dead():
    call = after_a_turn().troubles(RefuseResume())

    again = call.redials(sessionResumption={"handle": call.handle})

    assert again.ending == (1008, "BidiGenerateContent session not found")


def test_a_new_connection_in_trouble_refuses_any_handle():
    call = after_a_turn()
    call.hangs_up()
    again = Call(call.vendor, now_s=call.now_s + 1.0).troubles(RefuseResume())

    again.sets_up(sessionResumption={"handle": call.handle})

    assert again.ending == (1008, "BidiGenerateContent session not found")


def test_a_new_connection_in_trouble_takes_a_fresh_session():
    call = Call(gemini()).troubles(RefuseResume()).sets_up(sessionResumption={})

    assert call.resumed is False


def test_handles_live_again_when_the_trouble_is_over():
    call = after_a_turn().troubles(RefuseResume())
    call.session.relieved(RefuseResume(), call.now_s)

    again = call.redials(sessionResumption={"handle": call.handle})

    assert again.resumed is True


def test_the_oldest_handles_fall_out():
    handles = Handles()
    first = handles.give(Remembered(session=1, model="m"))

    for _ in range(HANDLES_MAX):
        handles.give(Remembered(session=1, model="m"))

    assert handles.redeem(first, 0.0) == SESSION_NOT_FOUND


def test_the_oldest_idle_sessions_are_forgotten():
    handles = Handles()
    handles.opened(1, 0.0)
    handles.ended(1, 50.0)
    handles.opened(2, 50.0)

    for session in range(3, SESSIONS_MAX + 2):
        handles.opened(session, 60.0)

    assert (handles.used_s(1), handles.used_s(2)) == (0.0, 0.0)
    handles.ended(2, 90.0)
    assert handles.used_s(2) == 40.0


def test_equal_stories_get_equal_handles():
    assert after_a_turn().handle == after_a_turn().handle


# Transparent resumption: Vertex only.


def vertex(**settings: object) -> Call:
    return Call(gemini(**settings), request=upgrade(VERTEX_PATH, key="", authorization="Bearer token"))


def test_a_transparent_session_says_how_far_its_handles_reach():
    call = vertex().sets_up(sessionResumption={"transparent": True}).types("hi").waits(0.35)
    call.sends({"realtimeInput": {"audio": {"mimeType": "audio/pcm", "data": "AAAA"}}}).waits(5.0)

    assert call.all("sessionResumptionUpdate", "lastConsumedClientMessageIndex") == ["1", "2"]


def test_the_first_message_may_have_another_index():
    call = vertex(first_message_index=5).sets_up(sessionResumption={"transparent": True}).types("hi").waits(0.35)

    assert call.all("sessionResumptionUpdate", "lastConsumedClientMessageIndex") == ["5"]


def test_a_session_that_is_not_transparent_does_not_say_it():
    call = vertex().sets_up(sessionResumption={}).types("hi").waits(5.0)

    assert call.all("sessionResumptionUpdate", "lastConsumedClientMessageIndex") == []


def test_the_gemini_api_has_no_transparent_resumption():
    call = Call(gemini()).sets_up(sessionResumption={"transparent": True})

    assert call.ending == (
        1007,
        "Invalid JSON payload received. Unknown name \"transparent\" at 'setup.session_resumption': Cannot find field.",
    )


# Handles that are not sound.


def resumed(handles: str) -> Call:
    call = after_a_turn(Call(gemini(handles=handles, turns=("first answer", "second answer"))))
    return call.redials(sessionResumption={"handle": call.handle}, inputAudioTranscription={})


def test_a_mute_handle_resumes_a_session_that_listens_and_never_answers():
    call = resumed("mute").speaks(1.0).is_silent(10.0)

    assert set(call.kinds) == {"setupComplete", "inputTranscription"}


def test_a_fatal_handle_resumes_a_session_that_dies_in_its_next_answer():
    call = resumed("fatal").types("and?").waits(0.79)
    assert call.ending is None

    assert call.waits(0.02).ending == (1011, "Internal error encountered.")


def test_a_rerun_handle_resumes_a_session_that_dies_of_its_last_question():
    call = resumed("rerun")
    assert call.kinds == ["setupComplete"]

    assert call.waits(0.4).ending == (1007, "Request contains an invalid argument.")


@pytest.mark.parametrize("handles", ["mute", "fatal", "rerun"])
def test_a_poisoned_handle_is_poisoned_each_time(handles: str):
    first = resumed(handles)
    handle = first.understood[0].body["sessionResumption"]["handle"]

    again = first.redials(sessionResumption={"handle": handle}).types("and?").waits(5.0)

    assert "turnComplete" not in again.kinds


@pytest.mark.parametrize("handles", ["mute", "fatal", "rerun"])
def test_a_session_that_was_not_resumed_is_sound(handles: str):
    assert after_a_turn(Call(gemini(handles=handles))).kinds[-2:] == ["turnComplete", "newHandle"]


def test_an_empty_handle_opens_a_new_session():
    assert Call(gemini()).sets_up(sessionResumption={"handle": ""}).resumed is False
