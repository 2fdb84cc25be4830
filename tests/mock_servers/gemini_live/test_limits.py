"""How long connections and sessions live, and how their ends are told."""

from __future__ import annotations

import base64

import pytest

from tests.support.gemini_story import Call, gemini

ABORTED = (
    1008,
    "Connection aborted because the client failed to close the connection after receiving a GoAway signal once the "
    "session durat",
)
EXPIRED = (1011, "Deadline expired before operation could complete.")
IMAGE = {"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": base64.b64encode(b"jpeg").decode()}}}


def test_a_connection_is_warned_fifty_seconds_before_its_end():
    call = Call(gemini()).sets_up().waits(555.0)

    assert call.heard[-1] == (550.0, {"goAway": {"timeLeft": "50s"}})


def test_a_warning_that_is_not_heeded_ends_in_an_abort():
    call = Call(gemini()).sets_up().waits(600.7)
    assert call.ending is None

    call.waits(0.2)

    assert call.ending == ABORTED
    assert len(ABORTED[1]) == 123


def test_the_life_of_a_connection_begins_with_the_upgrade():
    call = Call(gemini()).waits(300.0).sets_up().waits(260.0)

    assert call.heard[-1] == (550.0, {"goAway": {"timeLeft": "50s"}})


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


def test_an_expired_session_begins_its_time_anew_when_it_is_resumed():
    call = Call(gemini(session_cap_s=60.0)).sets_up(sessionResumption={}).types("hi").waits(61.0)
    assert call.ending == EXPIRED

    again = call.redials(sessionResumption={"handle": call.handle}).waits(59.0)

    assert again.resumed is True
    assert again.ending is None


@pytest.mark.parametrize("limit", ["connection_s", "go_away_lead_s", "session_cap_s", "video_cap_s", "handle_ttl_s"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_limit_of_nothing_is_refused(limit: str, value: float):
    with pytest.raises(ValueError, match="more than 0 s"):
        gemini(**{limit: value})
