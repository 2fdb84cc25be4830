"""The retired beta, as its last clients speak it: `client.beta.realtime`, which every version still has.

Against OpenAI they can only fail since May 2026; the mock serves them where its setting `beta` says so.
"""

from __future__ import annotations

import base64
from typing import Any

from mock_servers.base.voice import AGENT_STREAM, decode
from tests.sdk.openai_caller import Caller, by_both, spoken_words

__all__: list[str] = []

SERVED = {"beta": "served"}

WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}}


@by_both("beta: connect and close", settings=SERVED)
async def connect_and_close(caller: Caller) -> None:
    async with caller.dialled(beta=True) as line:
        created = await line.next()
        await line.sdk.close()

    assert type(created).__name__ == "SessionCreatedEvent"
    assert created.session.id.startswith("sess_")
    assert set(created.session.modalities) == {"audio", "text"}
    assert created.session.input_audio_format == "pcm16"


@by_both("beta: text in, text out", settings=SERVED)
async def text_in_text_out(caller: Caller) -> None:
    async with caller.dialled(beta=True) as line:
        await line.sdk.session.update(session={"modalities": ["text"], "instructions": "Be brief.", "temperature": 0.7})
        session = (await line.one("session.updated")).session
        await line.asks("hello")
        told = await line.until("response.done")

    text = "".join(event.delta for event in told if event.type == "response.text.delta")
    assert (session.modalities, session.instructions, session.temperature) == (["text"], "Be brief.", 0.7)
    assert text
    assert text == _only(told, "response.text.done").text == told[-1].response.output[0].content[0].text


@by_both("beta: text in, audio out", settings=SERVED)
async def text_in_audio_out(caller: Caller) -> None:
    async with caller.dialled(beta=True) as line:
        await line.one("session.created")
        await line.asks("hello")
        told = await line.until("response.done")

    kinds = [event.type for event in told if not event.type.endswith(".delta")]
    audio = b"".join(base64.b64decode(event.delta) for event in told if event.type == "response.audio.delta")
    (run,) = decode(audio, stream=AGENT_STREAM)
    transcript = _only(told, "response.audio_transcript.done").transcript
    assert (
        kinds.index("response.created")
        < kinds.index("rate_limits.updated")
        < kinds.index("response.content_part.added")
    )
    assert kinds.count("conversation.item.created") == 2
    assert "conversation.item.done" not in kinds
    assert [limit.name for limit in _only(told, "rate_limits.updated").rate_limits] == ["requests", "tokens"]
    assert len(audio) == run.end - run.start == len(transcript.split()) * 12_000
    assert told[-1].response.output[0].object == "realtime.item"


@by_both("beta: VAD turn", settings=SERVED)
async def vad_turn(caller: Caller) -> None:
    async with caller.dialled(beta=True) as line:
        await line.sdk.session.update(session={"input_audio_transcription": {"model": "whisper-1"}})
        await line.one("session.updated")
        await line.says(1.0)
        await line.is_silent(0.8)
        told = await line.until("response.done")
        if "conversation.item.input_audio_transcription.completed" not in [event.type for event in told]:
            told += await line.until("conversation.item.input_audio_transcription.completed")

    started, stopped = (
        _only(told, "input_audio_buffer.speech_started"),
        _only(told, "input_audio_buffer.speech_stopped"),
    )
    assert started.item_id == stopped.item_id == _only(told, "input_audio_buffer.committed").item_id
    assert _only(told, "conversation.item.input_audio_transcription.completed").transcript.strip() == spoken_words(1.0)


@by_both("beta: barge-in", settings=SERVED | {"speedup": 1.0})
async def barge_in(caller: Caller) -> None:
    async with caller.dialled(beta=True) as line:
        await line.one("session.created")
        await line.asks("tell me much")
        await line.one("response.audio.delta")
        await line.says(0.5)
        told = await line.until("response.done")

    assert told[-1].response.status == "cancelled"
    assert told[-1].response.status_details.reason == "turn_detected"


@by_both("beta: tools", settings=SERVED)
async def tools(caller: Caller) -> None:
    async with caller.dialled(beta=True) as line:
        await line.sdk.session.update(session={"tools": [WEATHER], "modalities": ["text"]})
        await line.one("session.updated")
        await line.asks("call weather")
        told = await line.until("response.done")
        (call,) = told[-1].response.output
        await line.sdk.conversation.item.create(
            item={"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
        )
        await line.sdk.response.create()
        answer = await line.until("response.done")

    assert call.name == "weather"
    assert call.arguments == _only(told, "response.function_call_arguments.done").arguments
    assert answer[-1].response.output[0].type == "message"


@by_both("beta: truncate", settings=SERVED)
async def truncate(caller: Caller) -> None:
    async with caller.dialled(beta=True) as line:
        await line.one("session.created")
        await line.asks("hello")
        (item,) = (await line.one("response.done")).response.output
        await line.sdk.conversation.item.truncate(item_id=item.id, content_index=0, audio_end_ms=500)
        truncated = await line.one("conversation.item.truncated")

    assert (truncated.item_id, truncated.audio_end_ms) == (item.id, 500)


@by_both("beta: cancel", settings=SERVED | {"speedup": 1.0})
async def cancel(caller: Caller) -> None:
    async with caller.dialled(beta=True) as line:
        await line.one("session.created")
        await line.asks("tell me much")
        await line.one("response.audio.delta")
        await line.sdk.response.cancel()
        done = await line.one("response.done")

    assert (done.response.status, done.response.status_details.reason) == ("cancelled", "client_cancelled")


@by_both("beta: session cap", settings=SERVED | {"session_cap_s": 1.0})
async def session_cap(caller: Caller) -> None:
    async with caller.dialled(beta=True) as line:
        told = [event async for event in line.sdk]

    assert told[-1].error.code == "session_expired"


@by_both("beta: sessions over REST", settings=SERVED)
async def sessions_over_rest(caller: Caller) -> None:
    async with caller.client() as client:
        session = await client.beta.realtime.sessions.create(model="gpt-4o-realtime-preview", instructions="Ours.")
    async with caller.dialled(beta=True, key=session.client_secret.value) as line:
        created = (await line.one("session.created")).session

    assert session.client_secret.value.startswith("ek_")
    assert created.instructions == "Ours."


def _only(told: list[Any], kind: str) -> Any:
    (event,) = (event for event in told if event.type == kind)
    return event
