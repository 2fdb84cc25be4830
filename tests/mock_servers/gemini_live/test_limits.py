"""How long connections and sessions live, and how their ends are told."""

from __future__ import annotations

import base64

import pytest

from tests.support.gemini_story import Call, gemini, upgrade

VERTEX = "/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent"
LIVE_3_8 = "models/gemini-3.8-live"

ABORTED = (
    1008,
    "Connection aborted because the client failed to close the connection after receiving a GoAway signal once the "
    "session durat",
)
EXPIRED = (1011, "Deadline expired before operation could complete.")
IMAGE = {"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": base64.b64encode(b"jpeg").decode()}}}


def test_a_connection_is_warned_fifty_seconds_before_its_end():
    call = Call(gemini()).sets_up().waits(545.0)

    assert call.heard[-1] == (540.0, {"goAway": {"timeLeft": "50s"}})


def test_a_warning_that_is_not_heeded_ends_in_an_abort():
    call = Call(gemini()).sets_up().waits(590.7)
    assert call.ending is None

    call.waits(0.2)

    assert call.ending == ABORTED
    assert len(ABORTED[1]) == 123


def test_the_life_of_a_connection_begins_with_the_upgrade():
    call = Call(gemini()).waits(300.0).sets_up().waits(250.0)

    assert call.heard[-1] == (540.0, {"goAway": {"timeLeft": "50s"}})


def test_a_connection_shorter_than_the_warnings_lead_is_warned_when_it_is_ready():
    call = Call(gemini(connection_s=10.0)).waits(2.5).sets_up().waits(1.0)

    assert call.messages == [{"setupComplete": {}}, {"goAway": {"timeLeft": "7.500s"}}]


def test_a_connection_that_never_sets_up_ends_too():
    call = Call(gemini()).waits(700.0)

    assert call.ending == EXPIRED


def test_a_session_without_compression_ends_after_fifteen_minutes():
    call = Call(gemini(connection_s=7200.0)).sets_up().waits(899.0)
    assert call.ending is None

    call.waits(2.0)

    assert call.ending == EXPIRED


def test_a_session_that_sees_images_ends_after_two_minutes():
    call = Call(gemini()).sets_up().waits(10.0).sends(IMAGE).waits(109.0)
    assert call.ending is None

    call.waits(2.0)

    assert call.ending == EXPIRED


def test_compression_takes_the_sessions_end_away():
    call = Call(gemini(connection_s=7200.0)).sets_up(contextWindowCompression={"slidingWindow": {}})

    call.sends(IMAGE).waits(3600.0)

    assert call.ending is None


def test_the_time_of_a_session_goes_on_when_it_is_resumed():
    call = (
        Call(gemini(session_cap_s=60.0)).sets_up(sessionResumption={}).types("hi").waits(40.0).types("hi").waits(10.0)
    )

    again = call.redials(sessionResumption={"handle": call.handle}).waits(30.0)

    assert again.ending == EXPIRED


def test_time_behind_the_last_handle_counts_too():
    call = Call(gemini(session_cap_s=60.0)).sets_up(sessionResumption={}).types("hi").waits(50.0)

    again = call.redials(sessionResumption={"handle": call.handle}).waits(9.9)
    assert again.ending is None

    assert again.waits(0.2).ending == EXPIRED


def test_time_between_connections_does_not_count():
    call = Call(gemini(session_cap_s=60.0)).sets_up(sessionResumption={}).types("hi").waits(50.0)
    call.hangs_up()

    again = Call(call.vendor, now_s=call.now_s + 1000.0).sets_up(sessionResumption={"handle": call.handle}).waits(9.9)

    assert again.ending is None


def test_an_expired_session_begins_its_time_anew_when_it_is_resumed():
    call = Call(gemini(session_cap_s=60.0)).sets_up(sessionResumption={}).types("hi").waits(61.0)
    assert call.ending == EXPIRED

    again = call.redials(sessionResumption={"handle": call.handle}).waits(59.0)

    assert again.resumed is True
    assert again.ending is None


@pytest.mark.parametrize("limit", ["time_scale", "connection_s", "go_away_lead_s", "session_cap_s", "handle_ttl_s"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_limit_of_nothing_is_refused(limit: str, value: float):
    with pytest.raises(ValueError, match=f"{limit} must be more than 0"):
        gemini(**{limit: value})


@pytest.mark.parametrize(
    ("end", "ending"),
    [
        ("aborted", ABORTED),
        ("deadline", EXPIRED),
        ("cancelled", (1000, "The operation was cancelled.")),
        ("empty", (1000, "")),
    ],
)
def test_the_end_of_a_connection_can_be_any_that_was_seen(end: str, ending: tuple[int, str]):
    call = Call(gemini(connection_end=end)).sets_up().waits(591.0)

    assert call.ending == ending


def test_a_connection_can_fall_silent_after_its_warning():
    call = Call(gemini(connection_end="silent")).sets_up().waits(545.0).types("hello?").waits(40.0)

    assert call.kinds == ["setupComplete", "timeLeft"]
    assert call.waits(10.0).aborted


def test_a_vertex_connection_ends_as_cancelled():
    call = Call(gemini(), request=upgrade(VERTEX, key="", authorization="Bearer t")).sets_up().waits(591.0)

    assert call.ending == (1000, "The operation was cancelled.")


def test_every_lifetime_can_be_scaled():
    call = Call(gemini(time_scale=0.01)).sets_up().waits(10.0)

    assert call.heard[1:] == [(5.4, {"goAway": {"timeLeft": "0.500s"}})]
    assert call.ending == ABORTED


def test_the_cap_of_a_session_is_scaled_too():
    call = Call(gemini(time_scale=0.01, connection_s=1e6)).sets_up().waits(8.9)
    assert call.ending is None

    assert call.waits(0.2).ending == EXPIRED


def test_a_3_8_connection_ends_at_58_minutes_without_a_warning():
    call = Call(gemini()).sets_up(model=LIVE_3_8, contextWindowCompression={}).waits(58 * 60 - 0.01)
    assert call.kinds == ["setupComplete"]
    assert call.ending is None

    assert call.waits(0.02).ending == EXPIRED


def after_the_cap(**settings: str) -> Call:
    compressed = {"model": LIVE_3_8, "contextWindowCompression": {}}
    call = Call(gemini(**settings)).sets_up(**compressed, sessionResumption={})
    call.sends({"realtimeInput": {"text": "hi"}}).waits(3600.0)
    return call.redials(**compressed, sessionResumption={"handle": call.handle})


def test_the_session_of_a_connection_that_reached_its_cap_is_resumed():
    assert after_the_cap().resumed is True


def test_the_session_of_a_connection_that_reached_its_cap_can_be_refused_once():
    refused = after_the_cap(after_connection_cap="refused-once")
    handle = refused.understood[0].body["sessionResumption"]["handle"]

    again = refused.redials(model=LIVE_3_8, contextWindowCompression={}, sessionResumption={"handle": handle})

    assert refused.ending == (1007, "Request contains an invalid argument.")
    assert again.resumed is True


def test_a_session_that_outgrows_its_context_ends():
    call = Call(gemini(context_tokens=100)).sets_up().types("x" * 404).waits(1.0)

    assert call.ending == (1007, "Request contains an invalid argument.")


def test_a_compressed_session_forgets_instead():
    call = Call(gemini(context_tokens=100)).sets_up(contextWindowCompression={"slidingWindow": {"targetTokens": "20"}})

    call.types("x" * 404).waits(6.0)

    assert call.messages[-1]["usageMetadata"]["promptTokenCount"] == 20
