"""What the SDK shows of each thing that goes wrong: at the upgrade, in a frame, in the provider's own words.

Before the session stands, the upgrade's refusal is websockets' `InvalidStatus`; from then on a close frame is an `APIError`
with the frame's code and reason, and an end without one an `APIError` 1006 (google-genai 1.62.0 and later).
"""

from __future__ import annotations

import asyncio
import json
import ssl
from email.utils import parsedate_to_datetime
from typing import Any

import pydantic
from google.genai import errors, types
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.sdk.gemini_hands import VIRTUAL, Caller, client, dialled, live, next_turn, until, writes
from tests.sdk.witness import There

__all__ = ["ended", "refused"]

AUDIO = {"response_modalities": ["AUDIO"]}


async def ended(session: Any, *, within_s: float = 20.0) -> errors.APIError:
    """What `receive()` raises in the end."""
    try:
        await until(session, lambda message: False, within_s=within_s)
    except errors.APIError as error:
        return error
    raise AssertionError("the session never ended")


async def refused(there: There, **connecting: Any) -> BaseException:
    """What dialling raises."""
    try:
        async with dialled(there, caller=client(there, **connecting)):
            pass
    except Exception as error:
        return error
    raise AssertionError("the session was opened")


# At the upgrade.

UPGRADES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


def _sees_a_status(status: int, name: str) -> None:
    @live(f"sees a {status}")
    async def sees_a_status(there: There) -> None:
        order = {"refuse_upgrade": {"status": status, "retry_after_s": 3}}
        await there.trouble(order, on="next", times=1)
        error = await refused(there)

        assert isinstance(error, InvalidStatus), repr(error)
        assert error.response.status_code == status
        assert error.response.headers["retry-after"] == "3"
        told = json.loads(error.response.body)["error"]
        assert (told["code"], told["status"]) == (status, name)

        async with dialled(there) as session:
            await writes(session, "hello")
            assert (await next_turn(session)).text


for _status, _name in UPGRADES.items():
    _sees_a_status(_status, _name)


@live("sees Retry-After as a date")
async def sees_retry_after_as_a_date(there: There) -> None:
    order = {"refuse_upgrade": {"status": 503, "retry_after_s": 90, "form": "header-date"}}
    await there.trouble(order, on="next", times=1)
    error = await refused(there)

    assert isinstance(error, InvalidStatus), repr(error)
    headers = error.response.headers
    assert parsedate_to_datetime(headers["retry-after"]).tzinfo is not None


@live("sees retry-after-ms")
async def sees_retry_after_ms(there: There) -> None:
    order = {"refuse_upgrade": {"status": 429, "retry_after_s": 1.5, "form": "header-ms"}}
    await there.trouble(order, on="next", times=1)
    error = await refused(there)

    assert isinstance(error, InvalidStatus), repr(error)
    assert error.response.headers["retry-after-ms"] == "1500"


@live("sees a gateway's own body")
async def sees_a_gateways_own_body(there: There) -> None:
    order = {"refuse_upgrade": {"status": 502, "body": "bad gateway", "headers": {"via": "1.1 proxy"}}}
    await there.trouble(order, on="next", times=1)
    error = await refused(there)

    assert isinstance(error, InvalidStatus), repr(error)
    assert (error.response.body, error.response.headers["via"]) == (b"bad gateway", "1.1 proxy")


@live("sees a handshake that stalls")
async def sees_a_handshake_that_stalls(there: There) -> None:
    await there.trouble({"stall": {"phase": "tcp"}}, on="next", times=1)
    error = await refused(there, open_timeout=0.5)

    assert isinstance(error, TimeoutError), repr(error)
    assert "handshake" in str(error)


@live("sees a handshake that stalls for 10 s", transports=VIRTUAL)
async def sees_a_handshake_that_stalls_for_10_s(there: There) -> None:
    loop = asyncio.get_running_loop()
    await there.trouble({"stall": {"phase": "tcp"}}, on="next", times=1)
    began_s = loop.time()
    error = await refused(there)

    assert isinstance(error, TimeoutError), repr(error)
    assert loop.time() - began_s == 10.0


@live("sees silence after the upgrade")
async def sees_silence_after_the_upgrade(there: There) -> None:
    """Nothing comes, not even pongs: the client's own pings find out."""
    await there.trouble({"stall": {"phase": "upgrade"}}, on="next", times=1)
    error = await refused(there, ping_interval=0.2, ping_timeout=0.3, close_timeout=0.2)

    assert isinstance(error, errors.APIError), repr(error)
    assert error.code == 1006


@live("sees a session that never becomes ready")
async def sees_a_session_that_never_becomes_ready(there: There) -> None:
    """The SDK has no timeout for the setup: with pongs flowing, its user waits until they lose patience themselves."""
    await there.trouble({"stall": {"phase": "ready"}}, on="next", times=1)
    caller = client(there, ping_interval=0.2, ping_timeout=0.3, close_timeout=0.2)
    try:
        async with asyncio.timeout(2.0), dialled(there, caller=caller):
            raise AssertionError("the session became ready")
    except TimeoutError:
        pass


# In the TLS handshake.


def _sees_a_bad_certificate(kind: str, told: str) -> None:
    @live(f"sees a certificate that is {kind}", transports=("wss",))
    async def sees_a_bad_certificate(there: There) -> None:
        order = await there.trouble({"bad_certificate": {"kind": kind}}, on="next")
        error = await refused(there)
        await there.lift(order)

        assert isinstance(error, ssl.SSLCertVerificationError), repr(error)
        assert told in error.verify_message
        async with dialled(there) as session:
            await writes(session, "hello")
            assert (await next_turn(session)).text


_sees_a_bad_certificate("expired", "certificate has expired")
_sees_a_bad_certificate("wrong-host", "is not valid for")
_sees_a_bad_certificate("untrusted", "unable to get local issuer certificate")


@live("sees a TLS handshake that stalls", transports=("wss",))
async def sees_a_tls_handshake_that_stalls(there: There) -> None:
    await there.trouble({"stall": {"phase": "tls"}}, on="next", times=1)
    error = await refused(there, open_timeout=0.5)

    assert isinstance(error, TimeoutError), repr(error)


# Close frames.


def _sees_a_close(code: int) -> None:
    @live(f"sees close {code}")
    async def sees_a_close(there: There) -> None:
        async with dialled(there) as session:
            await there.trouble({"close_connection": {"code": code, "reason": "why it ends"}}, on="live")
            error = await ended(session)
            try:
                await writes(session, "hello")
            except ConnectionClosed:
                return_is_refused = True
            else:
                return_is_refused = False

        assert (error.code, error.details) == (code, "why it ends")
        assert return_is_refused, "a message could be sent on a closed connection"


for _code in (1000, 1001, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 3000, 4000):
    _sees_a_close(_code)


@live("sees a close without a status")
async def sees_a_close_without_a_status(there: There) -> None:
    async with dialled(there) as session:
        await there.trouble({"close_connection": {"code": None}}, on="live")
        error = await ended(session)

    assert (error.code, error.details) == (1005, "")


@live("sees a close reason of 123 bytes")
async def sees_a_close_reason_of_123_bytes(there: There) -> None:
    """Cut between two characters: 61 times two bytes, since the 62nd would not fit."""
    async with dialled(there) as session:
        await there.trouble({"close_connection": {"code": 1011, "reason": "é" * 100}}, on="live")
        error = await ended(session)

    assert error.details == "é" * 61


@live("sees a close that is never answered", transports=VIRTUAL)
async def sees_a_close_that_is_never_answered(there: There) -> None:
    """The server says goodbye and keeps the connection: nobody who waits for a message learns of it before the client's
    next ping is due, 20 s after the last."""
    loop = asyncio.get_running_loop()
    async with dialled(there) as session:
        await there.trouble({"close_connection": {"code": 1000, "never_answer": True}}, on="live")
        began_s = loop.time()
        error = await ended(session)

    assert error.code == 1000
    assert 19.0 < loop.time() - began_s < 31.0


# Frames that a correct server never sends.


@live("sees truncated-json")
async def sees_truncated_json(there: There) -> None:
    error = await _read(there, "truncated-json")

    assert isinstance(error, ValueError), repr(error)
    assert "Failed to parse response" in str(error)


@live("sees binary-frame")
async def sees_binary_frame(there: There) -> None:
    """Google's frames are all binary; this one holds no JSON."""
    assert isinstance(await _read(there, "binary-frame"), ValueError)


@live("sees wrong-utf8")
async def sees_wrong_utf8(there: There) -> None:
    assert isinstance(await _read(there, "wrong-utf8"), UnicodeDecodeError)


@live("sees fragmented")
async def sees_fragmented(there: There) -> None:
    """Whole again on arrival, and the ping between the fragments is answered."""
    async with dialled(there) as session:
        await there.trouble({"bad_frame": {"frame": "fragmented"}}, on="live")
        message = await until(session, lambda message: True)
        await writes(session, "hello")
        turn = await next_turn(session)

    assert message.server_content is not None
    assert turn.text


def _sees_a_bad_frame(frame: str, code: int) -> None:
    @live(f"sees {frame}")
    async def sees_a_bad_frame(there: There) -> None:
        """The SDK's websockets hangs up, and the SDK only knows that no close frame came."""
        async with dialled(there) as session:
            order = await there.trouble({"bad_frame": {"frame": frame}}, on="live")
            try:
                await until(session, lambda message: False)
            except errors.APIError as error:
                seen = error

        assert order["hits"] == 1
        assert seen.code == 1006
        below = seen.__context__
        assert isinstance(below, ConnectionClosed), repr(below)
        assert below.sent is not None
        assert (below.sent.code, below.rcvd) == (code, None)


_sees_a_bad_frame("reserved-bits", 1002)
_sees_a_bad_frame("masked", 1002)
_sees_a_bad_frame("oversize", 1009)


async def _read(there: There, frame: str) -> BaseException | None:
    """What reading this frame raises; the session goes on behind it."""
    seen: BaseException | None = None
    async with dialled(there) as session:
        await there.trouble({"bad_frame": {"frame": frame}}, on="live")
        try:
            await until(session, lambda message: True)
        except ValueError as error:
            seen = error
        await writes(session, "hello")
        assert (await next_turn(session)).text
    return seen


# Silence.


@live("sees mute pings")
async def sees_mute_pings(there: There) -> None:
    caller = client(there, ping_interval=0.2, ping_timeout=0.3, close_timeout=0.2)
    async with dialled(there, caller=caller) as session:
        await there.trouble("mute_pings", on="live")
        error = await ended(session)

    assert error.code == 1006


@live("sees mute pings after 40 s", transports=VIRTUAL)
async def sees_mute_pings_after_40_s(there: There) -> None:
    """A ping after 20 s, its pong not there after 20 more; the server answers the close frame that follows."""
    loop = asyncio.get_running_loop()
    async with dialled(there) as session:
        began_s = loop.time()
        await there.trouble("mute_pings", on="live")
        error = await ended(session, within_s=120.0)

    assert error.code in (1006, 1011)
    assert 35.0 < loop.time() - began_s < 51.0


@live("lives with pongs that are late", transports=VIRTUAL)
async def lives_with_pongs_that_are_late(there: There) -> None:
    """8 s late, as users measured: inside the 20 s that the client waits."""
    async with dialled(there) as session:
        await there.trouble({"delay_pongs": {"delay_s": 8.0}}, on="live")
        await asyncio.sleep(120)
        await writes(session, "hello")
        turn = await next_turn(session)

    assert turn.text


@live("dies of pongs that are too late", transports=VIRTUAL)
async def dies_of_pongs_that_are_too_late(there: There) -> None:
    async with dialled(there) as session:
        await there.trouble({"delay_pongs": {"delay_s": 30.0}}, on="live")
        error = await ended(session, within_s=120.0)

    assert error.code in (1006, 1011)


@live("sees its sends back up")
async def sees_its_sends_back_up(there: There) -> None:
    """Behind full buffers `send_realtime_input` waits for as long as its user lets it, and so would leaving."""
    frame = types.Blob(data=bytes(320_000), mime_type="audio/pcm;rate=16000")
    taken = 0
    async with dialled(there) as session:
        order = await there.trouble("stop_reading", on="live")
        try:
            async with asyncio.timeout(1.0):
                while taken < 200:
                    await session.send_realtime_input(audio=frame)
                    taken += 1
        except TimeoutError:
            pass
        await there.lift(order)
        await writes(session, "hello")
        turn = await next_turn(session)

    assert taken < 200, "64 MB were taken by a server that reads nothing"
    assert turn.text


# The provider's own trouble.

STATUSES = {
    "INVALID_ARGUMENT": 1007,
    "FAILED_PRECONDITION": 1007,
    "UNAUTHENTICATED": 1008,
    "PERMISSION_DENIED": 1008,
    "NOT_FOUND": 1008,
    "UNIMPLEMENTED": 1008,
    "ABORTED": 1008,
    "INTERNAL": 1011,
    "UNKNOWN": 1011,
    "UNAVAILABLE": 1011,
    "DEADLINE_EXCEEDED": 1011,
    "RESOURCE_EXHAUSTED": 1011,
    "CANCELLED": 1000,
}


@live("sees every gRPC status as its close frame")
async def sees_every_grpc_status(there: There) -> None:
    reasons: dict[str, str] = {}
    for name, code in STATUSES.items():
        async with dialled(there) as session:
            await there.trouble({"provider_error": {"code": name}}, on="live")
            error = await ended(session)
        assert error.code == code, f"{name} came as {error.code}"
        reasons[name] = error.details

    assert reasons["UNAVAILABLE"] == "The service is currently unavailable."
    assert all(reasons.values())


@live("sees a rate limit")
async def sees_a_rate_limit(there: There) -> None:
    async with dialled(there) as session:
        await there.trouble({"rate_limited": {"retry_after_s": 20}}, on="live")
        error = await ended(session)

    assert (error.code, error.details) == (1011, "Resource has been exhausted (e.g. check quota).")


@live("sees the quota used up")
async def sees_the_quota_used_up(there: There) -> None:
    async with dialled(there) as session:
        await there.trouble("quota", on="live")
        error = await ended(session)

    assert error.code == 1011
    assert error.details.startswith("You exceeded your current quota, please check your plan and billing details.")


@live("sees a session expire")
async def sees_a_session_expire(there: There) -> None:
    async with dialled(there) as session:
        await there.trouble("session_expired", on="live")
        error = await ended(session)

    assert (error.code, error.details) == (1011, "Deadline expired before operation could complete.")


@live("sees a response fail")
async def sees_a_response_fail(there: There) -> None:
    async with dialled(there) as session:
        await there.trouble({"fail_response": {"code": "PROHIBITED_INPUT_CONTENT"}}, on="live")
        await writes(session, "hello")
        failed = await next_turn(session)
        await writes(session, "and now?")
        following = await next_turn(session)

    reason = failed.messages[-1].server_content.turn_complete_reason
    assert reason == types.TurnCompleteReason.PROHIBITED_INPUT_CONTENT
    assert following.text


@live("sees a response fail for each reason", transports=VIRTUAL, limit_s=60.0)
async def sees_a_response_fail_for_each_reason(there: There) -> None:
    """Every one that this SDK knows: a reason that a new release adds is one that the mock has to have."""
    reasons = [reason for reason in types.TurnCompleteReason if not reason.name.endswith("UNSPECIFIED")]
    seen = []
    async with dialled(there) as session:
        for reason in reasons:
            await there.trouble({"fail_response": {"code": reason.value}}, on="live", times=1)
            await writes(session, "hello")
            seen.append((await next_turn(session)).messages[-1].server_content.turn_complete_reason)

    assert seen == reasons


@live("sees a message rejected")
async def sees_a_message_rejected(there: There) -> None:
    async with dialled(there) as session:
        await there.trouble({"reject": {"name": "clientContent"}}, on="live")
        await writes(session, "hello")
        error = await ended(session)

    assert (error.code, error.details) == (1007, "Request contains an invalid argument.")


@live("sees a message out of turn")
async def sees_a_message_out_of_turn(there: There) -> None:
    """Each kind by its name alone; the SDK takes every one."""
    names = {
        "serverContent": "server_content",
        "toolCall": "tool_call",
        "toolCallCancellation": "tool_call_cancellation",
        "goAway": "go_away",
        "sessionResumptionUpdate": "session_resumption_update",
        "usageMetadata": "usage_metadata",
        "voiceActivity": "voice_activity",
        "voiceActivityDetectionSignal": "voice_activity_detection_signal",
    }
    async with dialled(there) as session:
        for wire, attribute in names.items():
            await there.trouble({"send_message": {"message": wire}}, on="live")
            message = await until(session, lambda message: True)
            assert getattr(message, attribute) is not None, f"{wire} arrived as {message!r}"


@live("sees any message that is ordered")
async def sees_any_message_that_is_ordered(there: There) -> None:
    """Also one that Google would not send: an error object, with which the SDK itself fails."""
    async with dialled(there) as session:
        ours = {"serverContent": {"modelTurn": {"parts": [{"text": "out of the blue"}]}}}
        await there.trouble({"send_message": {"message": ours}}, on="live")
        message = await until(session, lambda message: True)
        await there.trouble({"send_message": {"message": {"code": 429, "message": "slow down"}}}, on="live")
        try:
            await until(session, lambda message: True)
        except errors.ClientError as error:
            seen = error

    assert message.text == "out of the blue"
    assert seen.code == 429


@live("sees withheld messages")
async def sees_withheld_messages(there: There) -> None:
    async with dialled(there, session_resumption={}) as session:
        await there.trouble({"withhold": {"name": "serverContent"}}, on="live")
        await writes(session, "hello")
        message = await until(session, lambda message: message.session_resumption_update.resumable)

    assert message.server_content is None


@live("sees garbled messages")
async def sees_garbled_messages(there: There) -> None:
    async with dialled(there) as session:
        order = await there.trouble({"garble": {"name": "serverContent"}}, on="live")
        await writes(session, "hello")
        try:
            await next_turn(session)
        except (ValueError, pydantic.ValidationError) as error:
            seen = error
        await there.lift(order)

    assert "Failed to parse response" in str(seen)


@live("sees doubled messages")
async def sees_doubled_messages(there: There) -> None:
    async with dialled(there, **AUDIO) as session:
        order = await there.trouble({"duplicate": {"name": "serverContent"}}, on="live")
        await writes(session, "hello")
        turn = await next_turn(session)
        await there.lift(order)

    pieces = [part.inline_data.data for part in turn.parts]
    assert pieces
    assert pieces[::2] == pieces[1::2]


@live("sees a refusal to resume")
async def sees_a_refusal_to_resume(there: There) -> None:
    async with dialled(there, session_resumption={}) as session:
        await writes(session, "hello")
        update = await until(session, lambda message: (u := message.session_resumption_update) and u.resumable)
    await there.trouble("refuse_resume", on="next")
    handle = update.session_resumption_update.new_handle
    try:
        async with dialled(there, session_resumption={"handle": handle}):
            raise AssertionError("the session was resumed")
    except errors.APIError as error:
        seen = error

    assert (seen.code, seen.details) == (1008, "BidiGenerateContent session not found")


@live("lives through trouble beside it")
async def lives_through_trouble_beside_it(there: There) -> None:
    """What is done to one connection is not felt on another, not even by the caller's voice."""
    async with dialled(there, input_audio_transcription={}) as well, dialled(there) as hurt:
        number = (await there.connections())[-1]
        await there.trouble({"close_connection": {"code": 1011, "reason": "gone"}}, on=number)
        error = await ended(hurt)
        await Caller(well).speaks(0.5)
        await well.send_realtime_input(audio_stream_end=True)
        turn = await next_turn(well)

    assert error.code == 1011
    assert len(turn.heard.split()) == 2
