"""The life of a session as the SDK's user lives through it: refused, begun, resumed, warned, and over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from google.genai import errors, types

from tests.sdk.gemini_faults import ended
from tests.sdk.gemini_hands import KEY, MODEL, VIRTUAL, client, dialled, live, next_turn, until, writes
from tests.sdk.witness import There

__all__ = ["handle_of"]

GO_AWAY_S = 540.0
CONNECTION_S = 590.0
GRACE_S = 0.8
ABORTED = (
    "Connection aborted because the client failed to close the connection after receiving a GoAway signal "
    "once the session durat"
)
DEADLINE = "Deadline expired before operation could complete."


async def _gone(there: There) -> None:
    for _ in range(250):
        if not await there.connections():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the connection still stands 5 s after the client has left it")


async def handle_of(session: Any) -> str:
    """The handle that comes behind a turn."""
    message = await until(session, lambda message: (u := message.session_resumption_update) and u.resumable)
    return str(message.session_resumption_update.new_handle)


async def one_turn(session: Any, said: str = "hello") -> Any:
    await writes(session, said)
    return await next_turn(session)


@live("connect and close")
async def connect_and_close(there: There) -> None:
    async with dialled(there) as session:
        assert session.session_id is None
        (number,) = await there.connections()
    await _gone(there)

    account = await there.ledger(number)
    assert account["counted"] == {"client.setup": 1, "server.setupComplete": 1}
    assert (account["ending"]["code"], account["ending"]["by"]) == (1000, "client")
    assert KEY not in str(account), "the key stands in the ledger"


@live("everything in the setup")
async def everything_in_the_setup(there: There) -> None:
    """What the SDK writes for each option (half of it in snake_case) is understood."""
    tool = {"name": "weather", "parameters": {"type": "OBJECT", "properties": {"city_name": {"type": "STRING"}}}}
    config = {
        "response_modalities": ["AUDIO"],
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "max_output_tokens": 100,
        "seed": 7,
        "media_resolution": "MEDIA_RESOLUTION_LOW",
        "system_instruction": "be brief",
        "speech_config": {
            "voice_config": {"prebuilt_voice_config": {"voice_name": "Puck"}},
            "language_code": "en-US",
        },
        "thinking_config": {"include_thoughts": False, "thinking_budget": 0},
        "enable_affective_dialog": True,
        "proactivity": {"proactive_audio": True},
        "tools": [{"google_search": {}}, {"function_declarations": [tool]}],
        "session_resumption": {},
        "context_window_compression": {"trigger_tokens": 25_600, "sliding_window": {"target_tokens": 12_800}},
        "input_audio_transcription": {},
        "output_audio_transcription": {},
        "realtime_input_config": {
            "automatic_activity_detection": {
                "disabled": False,
                "start_of_speech_sensitivity": "START_SENSITIVITY_HIGH",
                "end_of_speech_sensitivity": "END_SENSITIVITY_LOW",
                "prefix_padding_ms": 20,
                "silence_duration_ms": 300,
            },
            "activity_handling": "START_OF_ACTIVITY_INTERRUPTS",
            "turn_coverage": "TURN_INCLUDES_ONLY_ACTIVITY",
        },
    }
    async with dialled(there, **config) as session:
        assert (await one_turn(session)).audio


# Refused.


def _sees_a_bad_key(name: str, key: str, code: int, reason: str) -> None:
    @live(name)
    async def sees_a_bad_key(there: There) -> None:
        """The upgrade succeeds; a close frame says what is wrong."""
        error = await _refused_key(there, key)

        assert (error.code, error.details) == (code, reason)


async def _refused_key(there: There, key: str) -> errors.APIError:
    try:
        async with dialled(there, caller=client(there, key=key)):
            raise AssertionError(f"{key!r} was taken")
    except errors.APIError as error:
        return error


_sees_a_bad_key("refused key", "invalid", 1007, "API key not valid. Please pass a valid API key.")
_sees_a_bad_key("expired key", "expired", 1007, "API key expired. Please renew the API key.")
_sees_a_bad_key("leaked key", "leaked", 1008, "Your API key was reported as leaked. Please use another API key.")


@live("unknown model")
async def unknown_model(there: There) -> None:
    try:
        async with dialled(there, model="gemini-unknown-live"):
            raise AssertionError("the model was found")
    except errors.APIError as error:
        seen = error

    assert seen.code == 1008
    assert seen.details.startswith("models/gemini-unknown-live is not found for API version v1")
    assert len(seen.details.encode()) == 123


@live("bad setup")
async def bad_setup(there: There) -> None:
    """The path of what is wrong, in the proto's names, cut where a close frame's reason ends."""
    schema = {"type": "OBJECT", "properties": {"tags": {"type": "ARRAY"}}}
    wrong = {
        "generation_config.max_output_tokens: ": {"max_output_tokens": -1},
        "tools[0].function_declarations[0].parameters.properties[tags].items: missing field.": {
            "tools": [{"function_declarations": [{"name": "f", "parameters": schema}]}]
        },
    }
    for place, config in wrong.items():
        try:
            async with dialled(there, **config):
                raise AssertionError(f"{config} was taken")
        except errors.APIError as error:
            seen = error
        whole = f"* BidiGenerateContentRequest.setup.{place}"
        assert seen.code == 1007
        assert seen.details.startswith(whole[:123])


@live("content mid-session on Gemini 3")
async def content_mid_session_on_gemini_3(there: There) -> None:
    async with dialled(there, model="gemini-3.1-flash-live-preview", response_modalities=["AUDIO"]) as session:
        await writes(session, "hello")
        error = await ended(session)

    assert (error.code, error.details) == (1007, "Request contains an invalid argument.")


@live("activity signals under detection")
async def activity_signals_under_detection(there: There) -> None:
    async with dialled(there) as session:
        await session.send_realtime_input(activity_start=types.ActivityStart())
        error = await ended(session)

    assert error.code == 1007


# Resumed.


@live("resumption")
async def resumption(there: There) -> None:
    async with dialled(there, session_resumption={}) as session:
        first = await one_turn(session)
        handle = await handle_of(session)
    async with dialled(there, session_resumption={"handle": handle}) as session:
        second = await one_turn(session)
        assert await handle_of(session) != handle

    async with dialled(there) as fresh:
        other = await one_turn(fresh)

    assert first.text == other.text, "a new session begins anew"
    assert second.text != first.text, "a resumed one goes on"
    assert second.usage.prompt_token_count > other.usage.prompt_token_count


@live("not resumable while busy")
async def not_resumable_while_busy(there: There) -> None:
    async with dialled(there, session_resumption={}) as session:
        turn = await one_turn(session)
        await handle_of(session)

    updates = [message.session_resumption_update for message in turn.messages if message.session_resumption_update]
    assert updates
    assert not any(update.resumable or update.new_handle for update in updates)


@live("no handle unasked")
async def no_handle_unasked(there: There) -> None:
    async with dialled(there) as session:
        turns = [await one_turn(session), await one_turn(session)]

    assert not any(message.session_resumption_update for turn in turns for message in turn.messages)


async def _not_resumed(there: There, handle: str, **config: Any) -> errors.APIError:
    try:
        async with dialled(there, session_resumption={"handle": handle}, **config) as session:
            return await ended(session)
    except errors.APIError as error:
        return error


@live("dead handles")
async def dead_handles(there: There) -> None:
    unknown = await _not_resumed(there, "0" * 40)
    malformed = await _not_resumed(there, "?")

    assert (unknown.code, unknown.details) == (1008, "BidiGenerateContent session not found")
    assert (malformed.code, malformed.details) == (1007, "Invalid session handle")


@live("a handle twice at once")
async def a_handle_twice_at_once(there: There) -> None:
    """Whoever dials before the old socket is closed is turned away."""
    async with dialled(there, session_resumption={}) as session:
        await one_turn(session)
        error = await _not_resumed(there, await handle_of(session))

    assert error.code == 1011


@live("a handle of another model")
async def a_handle_of_another_model(there: There) -> None:
    """The setup is completed all the same; then the session dies, each time again."""
    async with dialled(there, session_resumption={}) as session:
        await one_turn(session)
        handle = await handle_of(session)
    async with dialled(there, model=f"{MODEL}-other", session_resumption={"handle": handle}) as session:
        error = await ended(session)

    assert error.code == 1011


# Over.


@live("goAway")
async def go_away(there: There) -> None:
    async with dialled(there, session_resumption={}) as session:
        await one_turn(session)
        handle = await handle_of(session)
        await there.trouble({"go_away": {"time_left_s": 30}}, on="live")
        message = await until(session, lambda message: message.go_away)
    async with dialled(there, session_resumption={"handle": handle}) as session:
        turn = await one_turn(session)

    assert message.go_away.time_left == "30s"
    assert turn.text


@live("goAway not heeded")
async def go_away_not_heeded(there: There) -> None:
    loop = asyncio.get_running_loop()
    async with dialled(there) as session:
        await there.trouble({"go_away": {"time_left_s": 0.5}}, on="live")
        message = await until(session, lambda message: message.go_away)
        warned_s = loop.time()
        error = await ended(session)

    assert message.go_away.time_left == "0.500s"
    assert (error.code, error.details) == (1008, ABORTED)
    assert loop.time() - warned_s >= 0.5


@live("goAway at 540 s", transports=VIRTUAL)
async def go_away_at_540_s(there: There) -> None:
    """The times that users measured, and the end of who stays."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    async with dialled(there) as session:
        message = await until(session, lambda message: message.go_away, within_s=GO_AWAY_S + 5)
        warned_s = loop.time() - began_s
        error = await ended(session, within_s=100.0)
        ended_s = loop.time() - began_s

    assert message.go_away.time_left == "50s"
    assert abs(warned_s - GO_AWAY_S) < 0.5
    assert (error.code, error.details) == (1008, ABORTED)
    assert abs(ended_s - CONNECTION_S - GRACE_S) < 0.5


@live("session cap", transports=VIRTUAL)
async def session_cap(there: There) -> None:
    """15 minutes of audio, over all its connections."""
    loop = asyncio.get_running_loop()
    async with dialled(there, session_resumption={}) as session:
        await one_turn(session)
        handle = await handle_of(session)
        await asyncio.sleep(500)
    began_s = loop.time()
    async with dialled(there, session_resumption={"handle": handle}) as session:
        error = await ended(session, within_s=600.0)

    assert (error.code, error.details) == (1011, DEADLINE)
    assert 390.0 < loop.time() - began_s < 541.0


@live("session cap with video", transports=VIRTUAL)
async def session_cap_with_video(there: There) -> None:
    loop = asyncio.get_running_loop()
    async with dialled(there) as session:
        began_s = loop.time()
        await session.send_realtime_input(video=types.Blob(data=b"\xff\xd8\xff\xe0", mime_type="image/jpeg"))
        error = await ended(session, within_s=200.0)

    assert (error.code, error.details) == (1011, DEADLINE)
    assert abs(loop.time() - began_s - 120.0) < 1.0


@live("no session cap with compression", transports=VIRTUAL)
async def no_session_cap_with_compression(there: There) -> None:
    async with dialled(there, context_window_compression={"sliding_window": {}}) as session:
        await session.send_realtime_input(video=types.Blob(data=b"\xff\xd8\xff\xe0", mime_type="image/jpeg"))
        await asyncio.sleep(500)
        turn = await one_turn(session)

    assert turn.text


def _ends_soon(name: str, settings: dict[str, object], code: int, reason: str) -> None:
    @live(name, settings=settings)
    async def ends_soon(there: There) -> None:
        """The same clocks, shortened by the mock's settings."""
        async with dialled(there) as session:
            error = await ended(session)

        assert (error.code, error.details) == (code, reason)


_ends_soon("session cap, shortened", {"session_cap_s": 0.5}, 1011, DEADLINE)
_ends_soon("goAway not heeded, shortened", {"time_scale": 0.002}, 1008, ABORTED)
_ends_soon("goAway and 1011", {"time_scale": 0.002, "connection_end": "deadline"}, 1011, DEADLINE)
_ends_soon(
    "goAway and 1000", {"time_scale": 0.002, "connection_end": "cancelled"}, 1000, "The operation was cancelled."
)
_ends_soon("goAway and 1000 without a reason", {"time_scale": 0.002, "connection_end": "empty"}, 1000, "")


@live("goAway and silence", settings={"time_scale": 0.002, "connection_end": "silent"})
async def go_away_and_silence(there: There) -> None:
    """Nothing is said after the goAway, then the connection ends without a close frame."""
    async with dialled(there) as session:
        await until(session, lambda message: message.go_away)
        error = await ended(session)

    assert error.code == 1006


def _dies_again(name: str, settings: dict[str, object], seen: Callable[[Any], Awaitable[None]]) -> None:
    @live(name, settings=settings)
    async def dies_again(there: There) -> None:
        """A poisoned handle: what is resumed with it is not what it was."""
        async with dialled(there, session_resumption={}) as session:
            await one_turn(session)
            handle = await handle_of(session)
        async with dialled(there, session_resumption={"handle": handle}, input_audio_transcription={}) as session:
            await seen(session)


async def _is_mute(session: Any) -> None:
    await writes(session, "hello")
    try:
        message = await until(session, lambda message: message.text, within_s=1.5)
    except TimeoutError:
        return
    raise AssertionError(f"the session answered {message}")


async def _is_fatal(session: Any) -> None:
    await writes(session, "hello")
    assert (await ended(session)).code == 1011


async def _is_run_again(session: Any) -> None:
    assert (await ended(session)).code == 1007


_dies_again("a handle that makes mute", {"handles": "mute"}, _is_mute)
_dies_again("a handle that kills", {"handles": "fatal"}, _is_fatal)
_dies_again("a handle that asks again", {"handles": "rerun"}, _is_run_again)
