"""What a conversation is made of: words and sound in both directions, turns, interruptions."""

from __future__ import annotations

import base64
import json
from typing import Any

from mock_servers.base.voice import AGENT_STREAM, decode
from tests.sdk.openai_caller import Caller, Line, by_both

__all__: list[str] = []

GA = ">=1.107"
"""The SDK has spoken the GA shape since 1.107.0 (2025-09-08, its CHANGELOG)."""

UNHURRIED = {"speedup": 1.0}
"""A response then lasts long enough to be interrupted, however slow the machine is."""


@by_both("connect and close", versions=GA)
async def connect_and_close(caller: Caller) -> None:
    async with caller.dialled() as line:
        created = await line.next()
        await line.sdk.close()

    assert type(created).__name__ == "SessionCreatedEvent"
    assert created.session.type == "realtime"
    assert created.session.id.startswith("sess_")
    assert created.session.model == "gpt-realtime"


@by_both("each connection is a new session", versions=GA)
async def each_connection_is_a_new_session(caller: Caller) -> None:
    async with caller.dialled() as line:
        first = (await line.one("session.created")).session
        await line.sdk.conversation.item.create(
            item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "remember me"}]}
        )
        item = (await line.one("conversation.item.done")).item
    async with caller.dialled() as line:
        second = (await line.one("session.created")).session
        await line.sdk.conversation.item.retrieve(item_id=item.id)
        error = (await line.next()).error

    assert first.id != second.id
    assert error.code == "item_retrieve_invalid_item_id"


@by_both("text in, text out", versions=GA)
async def text_in_text_out(caller: Caller) -> None:
    async with caller.dialled() as line:
        session = await line.updated(output_modalities=["text"], instructions="Be brief.")
        await line.asks("hello")
        told = await line.until("response.done")

    text = "".join(event.delta for event in told if event.type == "response.output_text.delta")
    (message,) = told[-1].response.output
    assert session.instructions == "Be brief."
    assert text
    assert text == _the(told, "response.output_text.done").text == message.content[0].text
    assert [part.type for part in message.content] == ["output_text"]
    assert not [event for event in told if "audio" in event.type]
    _assert_that_usage_adds_up(told[-1].response.usage)


@by_both("text in, audio out", versions=GA)
async def text_in_audio_out(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.asks("hello")
        told = await line.until("response.done")

    assert [kind for kind in _kinds(told) if not kind.endswith(".delta")] == [
        "session.created",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    _assert_that_the_agent_spoke(told)


@by_both("audio in, audio out", versions=GA)
async def audio_in_audio_out(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.updated(audio={"input": {"turn_detection": None}})
        await line.says(1.0)
        await line.sdk.input_audio_buffer.commit()
        await line.sdk.response.create()
        told = await line.until("response.done")

    committed = _the(told, "input_audio_buffer.committed")
    assert committed.item_id == _first(told, "conversation.item.done").item.id
    assert told[-1].response.status == "completed"
    assert told[-1].response.usage.input_token_details.audio_tokens > 0
    _assert_that_the_agent_spoke(told)


@by_both("VAD turn", versions=GA)
async def vad_turn(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        await line.is_silent(0.5)
        await line.says(1.0)
        await line.is_silent(0.5)
        told = await line.until("response.done")

    started, stopped = _the(told, "input_audio_buffer.speech_started"), _the(told, "input_audio_buffer.speech_stopped")
    committed = _the(told, "input_audio_buffer.committed")
    assert started.item_id == stopped.item_id == committed.item_id
    # 500 ms of silence came first, of which 300 are the default prefix padding; 200 ms of silence end the turn.
    assert abs(started.audio_start_ms - 200) <= 20
    assert abs(stopped.audio_end_ms - 1700) <= 20
    _assert_that_the_agent_spoke(told)


@by_both("semantic VAD", versions=GA)
async def semantic_vad(caller: Caller) -> None:
    async with caller.dialled() as line:
        session = await line.updated(audio={"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "high"}}})
        await line.says(1.0)
        await line.is_silent(2.0)
        told = await line.until("response.done")

    assert session.audio.input.turn_detection.eagerness == "high"
    assert told[-1].response.status == "completed"


@by_both("VAD without responses", versions=GA)
async def vad_without_responses(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.updated(audio={"input": {"turn_detection": {"type": "server_vad", "create_response": False}}})
        await line.says(1.0)
        await line.is_silent(0.5)
        turn = await line.until("conversation.item.done")
        await line.sdk.response.create(response={"instructions": "Now."})
        answer = await line.until("response.done")

    assert "response.created" not in _kinds(turn)
    assert answer[-1].response.status == "completed"


@by_both("barge-in", versions=GA, settings=UNHURRIED)
async def barge_in(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.asks("tell me much")
        await line.one("response.output_audio.delta")
        await line.says(0.5)
        told = await line.until("response.done")

    assert "input_audio_buffer.speech_started" in _kinds(told)
    assert told[-1].response.status == "cancelled"
    assert told[-1].response.status_details.reason == "turn_detected"


@by_both("truncate", versions=GA)
async def truncate(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.asks("hello")
        told = await line.until("response.done")
        (item,) = told[-1].response.output
        lasts_ms = len(_audio(told)) * 1000 // 48_000
        where = {"item_id": item.id, "content_index": 0}
        await line.sdk.conversation.item.truncate(**where, audio_end_ms=lasts_ms + 1000, event_id="too-far")
        refused = await line.error()
        await line.sdk.conversation.item.truncate(**where, audio_end_ms=500)
        truncated = await line.one("conversation.item.truncated")
        await line.sdk.conversation.item.retrieve(item_id=item.id)
        kept = (await line.one("conversation.item.retrieved")).item

    assert refused.event_id == "too-far"
    assert (truncated.item_id, truncated.audio_end_ms) == (item.id, 500)
    assert len(base64.b64decode(kept.content[0].audio)) == 24_000
    assert not kept.content[0].transcript


@by_both("delete and retrieve", versions=GA)
async def delete_and_retrieve(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        await line.sdk.conversation.item.create(
            item={
                "id": "item_ours",
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "hello"}],
            }
        )
        await line.one("conversation.item.done")
        await line.sdk.conversation.item.retrieve(item_id="item_ours")
        retrieved = (await line.one("conversation.item.retrieved")).item
        await line.sdk.conversation.item.delete(item_id="item_ours")
        deleted = await line.one("conversation.item.deleted")
        await line.sdk.conversation.item.delete(item_id="item_ours")
        error = await line.error()

    assert retrieved.content[0].text == "hello"
    assert deleted.item_id == "item_ours"
    assert error.code == "item_delete_invalid_item_id"


@by_both("cancel", versions=GA, settings=UNHURRIED)
async def cancel(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.asks("tell me much")
        await line.one("response.output_audio.delta")
        await line.sdk.response.cancel()
        done = await line.one("response.done")
        await line.sdk.response.cancel(event_id="late")
        error = await line.error()
        await line.asks("go on")
        again = await line.one("response.done")

    assert done.response.status == "cancelled"
    assert done.response.status_details.reason == "client_cancelled"
    assert (error.code, error.event_id) == ("response_cancel_not_active", "late")
    assert again.response.status == "completed"


@by_both("one response at a time", versions=GA)
async def one_response_at_a_time(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.asks("hello")
        first = (await line.one("response.created")).response
        await line.sdk.response.create(event_id="too-soon")
        error = await line.error()
        done = (await line.one("response.done")).response

    assert error.code == "conversation_already_has_active_response"
    assert error.event_id == "too-soon"
    assert first.id in error.message
    assert (done.id, done.status) == (first.id, "completed")


@by_both("response beside the conversation", versions=GA)
async def response_beside_the_conversation(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.asks("hello")
        first = (await line.one("response.created")).response
        await line.sdk.response.create(
            response={"conversation": "none", "metadata": {"topic": "aside"}, "output_modalities": ["text"]}
        )
        responses = [(await line.one("response.done")).response for _ in range(2)]

    beside = next(response for response in responses if response.id != first.id)
    assert {response.status for response in responses} == {"completed"}
    assert beside.conversation_id is None
    assert beside.metadata == {"topic": "aside"}


@by_both("images", versions=GA)
async def images(caller: Caller) -> None:
    pixel = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    content = [
        {"type": "input_text", "text": "what is this?"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{pixel}"},
    ]
    async with caller.dialled() as line:
        await line.updated(output_modalities=["text"])
        await line.sdk.conversation.item.create(item={"type": "message", "role": "user", "content": content})
        item = (await line.one("conversation.item.done")).item
        await line.sdk.response.create()
        done = await line.one("response.done")

    assert [part.type for part in item.content] == ["input_text", "input_image"]
    assert done.response.usage.input_token_details.image_tokens > 0


@by_both("incomplete response", versions=GA)
async def incomplete_response(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.updated(max_output_tokens=1, output_modalities=["text"])
        await line.asks("tell me much")
        done = await line.one("response.done")

    assert done.response.status == "incomplete"
    assert done.response.status_details.reason == "max_output_tokens"


@by_both("wrong update", versions=GA)
async def wrong_update(caller: Caller) -> None:
    async with caller.dialled() as line:
        session = (await line.one("session.created")).session
        await line.sdk.session.update(
            session={"type": "realtime", "instructions": "New.", "audio": {"output": {"speed": 9.0}}}, event_id="wrong"
        )
        refused = await line.error()
        after = await line.updated()

    assert refused.event_id == "wrong"
    assert refused.param == "session.audio.output.speed"
    assert after.instructions == session.instructions
    assert (after.id, after.expires_at) == (session.id, session.expires_at)


@by_both("short commit", versions=GA)
async def short_commit(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.updated(audio={"input": {"turn_detection": None}})
        await line.says(0.05)
        await line.sdk.input_audio_buffer.commit()
        error = await line.error()
        await line.sdk.input_audio_buffer.clear()
        cleared = await line.next()

    assert error.code == "input_audio_buffer_commit_empty"
    assert "50.00ms" in error.message
    assert cleared.type == "input_audio_buffer.cleared"


@by_both("fixed voice", versions=GA)
async def fixed_voice(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.updated(audio={"output": {"voice": "cedar"}})
        await line.asks("hello")
        done = await line.one("response.done")
        await line.sdk.session.update(session={"type": "realtime", "audio": {"output": {"voice": "marin"}}})
        error = await line.error()

    assert done.response.audio.output.voice == "cedar"
    assert error.code == "cannot_update_voice"


@by_both("G.711", versions=GA)
async def g711(caller: Caller) -> None:
    """8,000 bytes a second in both directions; in mu-law 0x00 is as loud as can be, and 0xFF is silence."""
    law = {"format": {"type": "audio/pcmu"}}
    async with caller.dialled() as line:
        session = await line.updated(audio={"input": law, "output": law})
        for sound, frames in ((b"\x00", 10), (b"\xff", 5)):
            for _ in range(frames):
                await line.sdk.input_audio_buffer.append(audio=base64.b64encode(sound * 800).decode())
        told = await line.until("response.done")

    transcript = _the(told, "response.output_audio_transcript.done").transcript
    assert session.audio.output.format.type == "audio/pcmu"
    assert abs(_the(told, "input_audio_buffer.speech_stopped").audio_end_ms - 1200) <= 20
    assert len(_audio(told)) == len(transcript.split()) * 2_000


@by_both("idle timeout", versions=GA, transports=("virtual",))
async def idle_timeout(caller: Caller) -> None:
    """Nobody says a word for so long after an answer: the model asks whether anybody is there."""
    detection = {"type": "server_vad", "idle_timeout_ms": 6000}
    async with caller.dialled() as line:
        await line.updated(audio={"input": {"turn_detection": detection}})
        await line.asks("hello")
        await line.one("response.done")
        await line.is_silent(15.0)
        told = await line.until("response.done")

    triggered = _the(told, "input_audio_buffer.timeout_triggered")
    assert triggered.audio_end_ms - triggered.audio_start_ms == 6000
    assert _the(told, "input_audio_buffer.committed").item_id == triggered.item_id


@by_both("content filter", versions=GA, settings={"content_filter_word": "forbidden"})
async def content_filter(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.asks("something forbidden")
        done = await line.one("response.done")

    assert done.response.status == "incomplete"
    assert done.response.status_details.reason == "content_filter"


@by_both("audio faster than real time", versions=GA)
async def audio_faster_than_real_time(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.asks("hello")
        await line.one("response.output_audio.delta")
        began_s = caller.now_s()
        await line.one("response.output_audio.done")
        took_s = caller.now_s() - began_s
        await line.one("response.done")

    lasts_s = len(_audio(line.events)) / 48_000
    assert 0 < took_s < lasts_s


@by_both("session cap", versions=GA, settings={"session_cap_s": 1.0})
async def session_cap(caller: Caller) -> None:
    await _lives_until_the_cap(caller, minutes=1)


@by_both("session cap of an hour", versions=GA, transports=("virtual",))
async def session_cap_of_an_hour(caller: Caller) -> None:
    began_s = caller.now_s()
    await _lives_until_the_cap(caller, minutes=60)

    assert 3600.0 <= caller.now_s() - began_s < 3601.0


async def _lives_until_the_cap(caller: Caller, *, minutes: int) -> None:
    """An error, then 1001 with its words, which `websockets` calls a clean end."""
    async with caller.dialled() as line:
        told = [event async for event in line.sdk]

    assert [event.type for event in told] == ["session.created", "error"]
    assert (told[-1].error.code, told[-1].error.event_id) == ("session_expired", None)
    assert f"maximum duration of {minutes} minutes" in told[-1].error.message


@by_both("events as models", versions=GA)
async def events_as_models(caller: Caller) -> None:
    """What is sent may also be the SDK's own objects, and what comes is of the class of its type."""
    from openai.types import realtime  # Not above: 1.99.9 has no such package.

    async with caller.dialled() as line:
        await line.one("session.created")
        await line.sdk.send(realtime.InputAudioBufferClearEvent(type="input_audio_buffer.clear"))
        cleared = await line.next()
        raw = await _raw(line, realtime.ResponseCancelEvent(type="response.cancel", event_id="mine"))

    assert isinstance(cleared, realtime.InputAudioBufferClearedEvent)
    assert json.loads(raw)["error"]["event_id"] == "mine"


async def _raw(line: Line, event: Any) -> bytes:
    await line.sdk.send(event)
    payload: bytes = await line.sdk.recv_bytes()
    return payload


def _kinds(told: list[Any]) -> list[str]:
    return [event.type for event in told]


def _first(told: list[Any], kind: str) -> Any:
    return next(event for event in told if event.type == kind)


def _the(told: list[Any], kind: str) -> Any:
    (event,) = (event for event in told if event.type == kind)
    return event


def _audio(told: list[Any]) -> bytes:
    return b"".join(base64.b64decode(event.delta) for event in told if event.type == "response.output_audio.delta")


def _assert_that_the_agent_spoke(told: list[Any]) -> None:
    """The audio is the agent's voice without a gap, a quarter of a second for each word of the transcript."""
    done = _the(told, "response.output_audio_transcript.done")
    deltas = [event.delta for event in told if event.type == "response.output_audio_transcript.delta"]
    audio = _audio(told)
    (run,) = decode(audio, stream=AGENT_STREAM)
    assert "".join(deltas) == done.transcript
    assert len(deltas) > 1
    assert len(audio) == run.end - run.start == len(done.transcript.split()) * 12_000
    assert told[-1].response.output[0].content[0].transcript == done.transcript
    _assert_that_usage_adds_up(told[-1].response.usage)


def _assert_that_usage_adds_up(usage: Any) -> None:
    details = usage.input_token_details
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert usage.input_tokens == details.text_tokens + details.audio_tokens + (details.image_tokens or 0)
    assert usage.output_tokens == usage.output_token_details.text_tokens + usage.output_token_details.audio_tokens
    assert details.cached_tokens <= usage.input_tokens
