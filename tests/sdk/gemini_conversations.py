"""Turns of a conversation over Gemini Live, as the SDK's user lives through them."""

from __future__ import annotations

import asyncio
import struct
import zlib
from itertools import pairwise

from google.genai import types

from mock_servers.base.conversation import Conversation
from mock_servers.base.voice import SECONDS_PER_WORD
from tests.sdk.gemini_hands import Caller, dialled, live, next_turn, until, writes
from tests.sdk.witness import There

__all__ = ["WEATHER", "spoken_words"]

AGENT_BYTES_PER_S = 48_000
BYTES_PER_WORD = int(SECONDS_PER_WORD * AGENT_BYTES_PER_S)
WORDS_PER_S = round(1 / SECONDS_PER_WORD)

SCRIPT = Conversation(seed=0)
"""What a mock says and understands whose seed was not chosen."""

WEATHER = {"name": "weather", "parameters": {"type": "OBJECT", "properties": {"city_name": {"type": "STRING"}}}}
CLOCK = {"name": "clock", "parameters": {"type": "OBJECT", "properties": {"zone": {"type": "STRING"}}}}
AUDIO = {"response_modalities": ["AUDIO"]}


def spoken_words(start: int, end: int) -> str:
    return " ".join(SCRIPT.word(cell) for cell in range(start, end))


@live("text in, text out")
async def text_in_text_out(there: There) -> None:
    async with dialled(there) as session:
        for number, said in enumerate(("hello", "and then?")):
            await writes(session, said)
            turn = await next_turn(session)

            assert turn.text == SCRIPT.reply(said, turn=number).text
            assert turn.place("generation_complete") < turn.place("turn_complete")
            assert turn.usage.response_tokens_details[0].modality == types.MediaModality.TEXT


@live("text in, audio out")
async def text_in_audio_out(there: There) -> None:
    async with dialled(there, **AUDIO) as session:
        await writes(session, "hello")
        turn = await next_turn(session)

    words = SCRIPT.reply("hello", turn=0).text.split()
    assert len(turn.audio) == len(words) * BYTES_PER_WORD
    assert {part.inline_data.mime_type for part in turn.parts} == {"audio/pcm;rate=24000"}
    assert turn.usage.response_tokens_details[0].modality == types.MediaModality.AUDIO


@live("turn as long as its audio")
async def turn_as_long_as_its_audio(there: There) -> None:
    """Audio comes faster than it is spoken; the turn is over when it would have been heard."""
    loop = asyncio.get_running_loop()
    came_s = []
    async with dialled(there, **AUDIO) as session:
        await writes(session, "hello")
        async for message in session.receive():
            came_s.append(loop.time())
            if message.server_content and message.server_content.generation_complete:
                generated_s = loop.time()

    plays_s = len(SCRIPT.reply("hello", turn=0).text.split()) * SECONDS_PER_WORD
    assert generated_s - came_s[0] < plays_s / 2, "the audio came no faster than it is spoken"
    assert plays_s - 0.3 <= came_s[-1] - came_s[0] <= plays_s + 0.3


@live("audio in, audio out")
async def audio_in_audio_out(there: There) -> None:
    async with dialled(there, input_audio_transcription={}, **AUDIO) as session:
        await Caller(session).speaks(1.0)
        await session.send_realtime_input(audio_stream_end=True)
        turn = await next_turn(session)

    assert turn.heard == spoken_words(0, WORDS_PER_S)
    assert turn.audio
    prompt = {detail.modality: detail.token_count for detail in turn.usage.prompt_tokens_details}
    assert prompt[types.MediaModality.AUDIO] > 0


@live("VAD turn")
async def vad_turn(there: There) -> None:
    detection = {"automatic_activity_detection": {"silence_duration_ms": 300}}
    async with dialled(there, input_audio_transcription={}, realtime_input_config=detection) as session:
        caller = Caller(session)
        for start in (0, WORDS_PER_S):
            await caller.speaks(1.0)
            await caller.is_silent(0.4)
            turn = await next_turn(session)

            assert turn.heard == spoken_words(start, start + WORDS_PER_S)
            assert turn.text


@live("manual turn")
async def manual_turn(there: There) -> None:
    """Without detection a pause ends nothing: the client's signals do."""
    detection = {"automatic_activity_detection": {"disabled": True}}
    async with dialled(there, input_audio_transcription={}, realtime_input_config=detection) as session:
        caller = Caller(session)
        await session.send_realtime_input(activity_start=types.ActivityStart())
        await caller.speaks(0.5)
        await caller.is_silent(1.0)
        await caller.speaks(0.5)
        await session.send_realtime_input(activity_end=types.ActivityEnd())
        turn = await next_turn(session)

    assert turn.heard == spoken_words(0, WORDS_PER_S)


@live("barge-in")
async def barge_in(there: There) -> None:
    detection = {"automatic_activity_detection": {"silence_duration_ms": 300}}
    async with dialled(there, realtime_input_config=detection, output_audio_transcription={}, **AUDIO) as session:
        await writes(session, "hello")
        await until(session, lambda message: message.data)
        caller = Caller(session)
        await caller.speaks(0.5)
        cut = await next_turn(session)
        await caller.is_silent(0.4)
        following = await next_turn(session)

    assert cut.place("interrupted") < cut.place("turn_complete")
    assert not cut.has("generation_complete")
    assert len(cut.audio) < len(SCRIPT.reply("hello", turn=0).text.split()) * BYTES_PER_WORD
    assert following.has("generation_complete")
    assert not following.has("interrupted")


@live("barge-in by text")
async def barge_in_by_text(there: There) -> None:
    async with dialled(there, **AUDIO) as session:
        await writes(session, "hello")
        await until(session, lambda message: message.data)
        await writes(session, "stop")
        cut = await next_turn(session)
        following = await next_turn(session)

    assert cut.has("interrupted")
    assert following.has("generation_complete")


@live("no interruption")
async def no_interruption(there: There) -> None:
    """Whoever asked not to be interrupted is heard out, and answers afterwards."""
    config = {
        "activity_handling": "NO_INTERRUPTION",
        "automatic_activity_detection": {"silence_duration_ms": 300},
    }
    async with dialled(there, realtime_input_config=config, **AUDIO) as session:
        await writes(session, "hello")
        await until(session, lambda message: message.data)
        caller = Caller(session)
        await caller.speaks(0.5)
        await caller.is_silent(0.4)
        whole = await next_turn(session)
        following = await next_turn(session)

    assert not whole.has("interrupted")
    assert whole.has("generation_complete")
    assert following.audio


@live("transcription")
async def transcription(there: There) -> None:
    async with dialled(there, input_audio_transcription={}, output_audio_transcription={}, **AUDIO) as session:
        await Caller(session).speaks(0.75)
        await session.send_realtime_input(audio_stream_end=True)
        turn = await next_turn(session)

    assert turn.heard == spoken_words(0, 3)
    assert turn.said == SCRIPT.reply(turn.heard, turn=0).text
    last_words = max(place for place, content in enumerate(turn.contents) if content.output_transcription)
    assert last_words < turn.place("generation_complete")


@live("no transcription unasked")
async def no_transcription_unasked(there: There) -> None:
    async with dialled(there, **AUDIO) as session:
        await Caller(session).speaks(0.5)
        await session.send_realtime_input(audio_stream_end=True)
        turn = await next_turn(session)

    assert (turn.heard, turn.said) == ("", "")


@live("tools")
async def tools(there: There) -> None:
    async with dialled(there, tools=[{"function_declarations": [WEATHER, CLOCK]}]) as session:
        ids = []
        for name in ("weather", "clock"):
            await writes(session, f"call {name}")
            call = (await until(session, lambda message: message.tool_call)).tool_call.function_calls[0]
            assert call.name == name
            result = types.FunctionResponse(id=call.id, name=call.name, response={"output": "sunny"})
            await session.send_tool_response(function_responses=[result])
            turn = await next_turn(session)
            assert turn.text
            ids.append(call.id)

    assert len(set(ids)) == 2
    assert all(one.startswith("function-call-") and len(one) == len("function-call-") + 19 for one in ids)


@live("tool call cancelled")
async def tool_call_cancelled(there: There) -> None:
    async with dialled(there, tools=[{"function_declarations": [WEATHER]}]) as session:
        await writes(session, "call weather")
        call = (await until(session, lambda message: message.tool_call)).tool_call.function_calls[0]
        await writes(session, "never mind")
        cut = await next_turn(session)
        following = await next_turn(session)

    assert cut.cancelled == [call.id]
    assert following.text


@live("text as realtime input")
async def text_as_realtime_input(there: There) -> None:
    async with dialled(there) as session:
        await session.send_realtime_input(text="hello")
        turn = await next_turn(session)

    assert turn.text == SCRIPT.reply("hello", turn=0).text


@live("video in")
async def video_in(there: There) -> None:
    async with dialled(there) as session:
        await session.send_realtime_input(video=types.Blob(data=_png(), mime_type="image/png"))
        await session.send_realtime_input(text="what do you see?")
        turn = await next_turn(session)

    seen = {detail.modality for detail in turn.usage.prompt_tokens_details}
    assert seen & {types.MediaModality.IMAGE, types.MediaModality.VIDEO}


@live("image in a turn")
async def image_in_a_turn(there: There) -> None:
    async with dialled(there) as session:
        parts = [types.Part(text="what is this?"), types.Part.from_bytes(data=_png(), mime_type="image/png")]
        await session.send_client_content(turns=types.Content(role="user", parts=parts))
        turn = await next_turn(session)

    assert turn.text


@live("history")
async def history(there: There) -> None:
    """Turns without `turn_complete` are taken in silence, and counted when the answer comes."""
    async with dialled(there) as short, dialled(there) as long:
        await writes(long, "a long story that fills the context before anything is asked", turn_complete=False)
        await writes(long, "hello")
        await writes(short, "hello")
        turns = [await next_turn(session) for session in (short, long)]

    assert [turn.has("turn_complete") for turn in turns] == [True, True]
    assert turns[0].usage.prompt_token_count < turns[1].usage.prompt_token_count


@live("history as seed")
async def history_as_seed(there: There) -> None:
    """Gemini 3 takes client content only before the conversation, and only if that was said in the setup."""
    seed = {"initial_history_in_client_content": True}
    async with dialled(there, model="gemini-3.1-flash-live-preview", history_config=seed, **AUDIO) as session:
        turns = [
            {"role": "user", "parts": [{"text": "I am Ada."}]},
            {"role": "model", "parts": [{"text": "Hello, Ada."}]},
        ]
        await session.send_client_content(turns=turns, turn_complete=True)
        await session.send_realtime_input(text="who am I?")
        turn = await next_turn(session)

    assert turn.audio


@live("context growing")
async def context_growing(there: There) -> None:
    async with dialled(there) as session:
        prompts = []
        for said in ("one", "two", "three"):
            await writes(session, said)
            prompts.append((await next_turn(session)).usage.prompt_token_count)

    assert all(earlier < later for earlier, later in pairwise(prompts))


@live("deprecated send")
async def deprecated_send(there: There) -> None:
    """Old programs still say it so; its bytes differ: snake_case, `media_chunks`."""
    async with dialled(there, input_audio_transcription={}) as session:
        await session.send(input="hello", end_of_turn=True)
        typed = await next_turn(session)
        for frame in (*map(_tone, range(50)), *[bytes(640)] * 50):
            await session.send(input={"data": frame, "mime_type": "audio/pcm"})
        spoken = await next_turn(session)

    assert typed.text == SCRIPT.reply("hello", turn=0).text
    assert spoken.heard


@live("two sessions at once")
async def two_sessions_at_once(there: There) -> None:
    async with dialled(there) as one, dialled(there, **AUDIO) as other:
        await writes(one, "hello")
        await writes(other, "hello")
        written, spoken = await asyncio.gather(next_turn(one), next_turn(other))

    assert written.text
    assert not written.audio
    assert spoken.audio
    assert not spoken.text


@live("context update", versions=">=2.34")
async def context_update(there: There) -> None:
    """Functions can be exchanged while the session lasts; the update itself is not answered."""
    async with dialled(there, model="gemini-3.8-live", **AUDIO) as session:
        await session.send_context_update(tools=[{"function_declarations": [CLOCK]}])
        await session.send_realtime_input(text="call clock")
        message = await until(session, lambda message: message.tool_call)

    assert message.tool_call.function_calls[0].name == "clock"


def _png() -> bytes:
    """One grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    )


def _tone(frame: int) -> bytes:
    """20 ms that are loud enough to be speech, and hold no words of the caller's stream."""
    return struct.pack("<320h", *((8_000 if (frame * 320 + n) // 40 % 2 else -8_000) for n in range(320)))
