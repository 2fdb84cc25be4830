"""What the generations of Live models do differently, and what Google's own tools leave in a turn."""

from __future__ import annotations

import asyncio
from typing import Any

from google.genai import errors, types

from tests.sdk.gemini_conversations import WEATHER, spoken_words
from tests.sdk.gemini_faults import ended
from tests.sdk.gemini_hands import Caller, Turn, dialled, live, next_turn, until, writes
from tests.sdk.gemini_surfaces import vertex_by_project
from tests.sdk.witness import There

__all__: list[str] = []

AUDIO = {"response_modalities": ["AUDIO"]}
LIVE_3_1 = "gemini-3.1-flash-live-preview"
LIVE_3_8 = "gemini-3.8-live"
EXTENDED_3_8 = "gemini-3.8-live-extended-thinking"
TRANSLATE = "gemini-3.5-live-translate-preview"
ON_VERTEX = "publishers/google/models/gemini-live-2.5-flash"
HAS_STATUS = ">=2.18"
"""`interactionStatus` is known to the SDK since 2.18.0, which then ends `receive()` by it."""


# Functions that run while the conversation goes on.


async def _calls(session: Any) -> Any:
    await writes(session, "call weather")
    return (await until(session, lambda message: message.tool_call)).tool_call.function_calls[0]


async def _returns(session: Any, call: Any, **fields: Any) -> None:
    result = types.FunctionResponse(id=call.id, name=call.name, response={"output": "21 degrees"}, **fields)
    await session.send_tool_response(function_responses=[result])


_BACKGROUND = {"tools": [{"function_declarations": [{**WEATHER, "behavior": "NON_BLOCKING"}]}]}


@live("tools that interrupt")
async def tools_that_interrupt(there: There) -> None:
    async with dialled(there, **_BACKGROUND, **AUDIO) as session:
        call = await _calls(session)
        aside = await next_turn(session)
        await writes(session, "tell me something long")
        await until(session, lambda message: message.data)
        await _returns(session, call, scheduling="INTERRUPT")
        cut, told = await next_turn(session), await next_turn(session)

    assert aside.has("turn_complete"), "the conversation goes on while the function runs"
    assert cut.has("interrupted")
    assert told.has("generation_complete")


@live("tools that wait until idle")
async def tools_that_wait_until_idle(there: There) -> None:
    async with dialled(there, **_BACKGROUND, **AUDIO) as session:
        call = await _calls(session)
        await next_turn(session)
        await writes(session, "tell me something long")
        await until(session, lambda message: message.data)
        await _returns(session, call, scheduling="WHEN_IDLE")
        whole, told = await next_turn(session), await next_turn(session)

    assert not whole.has("interrupted")
    assert told.audio


@live("tools that are silent")
async def tools_that_are_silent(there: There) -> None:
    async with dialled(there, **_BACKGROUND) as session:
        call = await _calls(session)
        await next_turn(session)
        await _returns(session, call, scheduling="SILENT")
        try:
            message = await until(session, lambda message: message.text, within_s=1.5)
        except TimeoutError:
            return
    raise AssertionError(f"a silent result was spoken about: {message}")


@live("tools that return in pieces")
async def tools_that_return_in_pieces(there: There) -> None:
    """Of one call as many results as it says, the last without `will_continue`; then nobody waits for more."""
    async with dialled(there, **_BACKGROUND) as session:
        call = await _calls(session)
        await next_turn(session)
        for goes_on in (True, True, False):
            await _returns(session, call, will_continue=goes_on, scheduling="WHEN_IDLE")
            assert (await next_turn(session)).text
        await _returns(session, call)
        error = await ended(session)

    assert (error.code, error.details) == (1008, "Requested entity was not found.")


@live("a result that nobody waits for")
async def a_result_that_nobody_waits_for(there: There) -> None:
    async with dialled(there) as session:
        result = types.FunctionResponse(id="function-call-1", name="weather", response={"output": "sunny"})
        await session.send_tool_response(function_responses=[result])
        error = await ended(session)

    assert (error.code, error.details) == (1008, "Requested entity was not found.")


@live("audio during a tool call", settings={"audio_during_call": "refused"})
async def audio_during_a_tool_call(there: There) -> None:
    """As some native audio models of 2.5 close on whoever does not hold the microphone back."""
    async with dialled(there, tools=[{"function_declarations": [WEATHER]}]) as session:
        await _calls(session)
        await session.send_realtime_input(audio=types.Blob(data=bytes(640), mime_type="audio/pcm;rate=16000"))
        error = await ended(session)

    assert (error.code, error.details) == (1008, "Operation is not implemented, or supported, or enabled.")


@live("audio behind a tool call", settings={"speaks_after_call": True})
async def audio_behind_a_tool_call(there: There) -> None:
    async with dialled(there, tools=[{"function_declarations": [WEATHER]}], **AUDIO) as session:
        call = await _calls(session)
        message = await until(session, lambda message: message.data)
        await _returns(session, call)
        turn = await next_turn(session)

    assert message.data
    assert turn.has("turn_complete")


# Tools that Google runs.


async def _asked(there: There, tool: dict[str, Any], text: str) -> Turn:
    async with dialled(there, tools=[tool]) as session:
        await writes(session, text)
        return await next_turn(session)


@live("Google Search")
async def google_search(there: There) -> None:
    turn = await _asked(there, {"google_search": {}}, "search for the height of the Zugspitze")
    (grounding,) = (c.grounding_metadata for c in turn.contents if c.grounding_metadata)

    assert grounding.web_search_queries
    assert grounding.search_entry_point.rendered_content
    for support in grounding.grounding_supports:
        assert all(place < len(grounding.grounding_chunks) for place in support.grounding_chunk_indices)
        assert support.segment.text in turn.text


@live("URL context")
async def url_context(there: There) -> None:
    page = "https://example.com/a"
    turn = await _asked(there, {"url_context": {}}, f"read {page}")
    (context,) = (c.url_context_metadata for c in turn.contents if c.url_context_metadata)

    assert [read.retrieved_url for read in context.url_metadata] == [page]
    assert context.url_metadata[0].url_retrieval_status == types.UrlRetrievalStatus.URL_RETRIEVAL_STATUS_SUCCESS


@live("code execution")
async def code_execution(there: There) -> None:
    turn = await _asked(there, {"code_execution": {}}, "compute 6 * 7")
    (code,) = (part.executable_code for part in turn.parts if part.executable_code)
    (result,) = (part.code_execution_result for part in turn.parts if part.code_execution_result)

    assert code.language == types.Language.PYTHON
    assert (result.outcome, result.output.strip()) == (types.Outcome.OUTCOME_OK, "42")


@live("thoughts")
async def thoughts(there: There) -> None:
    async with dialled(there, thinking_config={"include_thoughts": True}) as session:
        await writes(session, "hello")
        turn = await next_turn(session)

    assert [part for part in turn.parts if part.thought]
    assert turn.usage.thoughts_token_count > 0
    assert turn.usage.total_token_count >= turn.usage.thoughts_token_count + turn.usage.response_token_count


# Signals.


@live("voice activity")
async def voice_activity(there: There) -> None:
    """On Vertex, where it was asked for."""
    config: dict[str, Any] = {"explicit_vad_signal": True}
    async with dialled(there, caller=vertex_by_project(there), model=ON_VERTEX, **config) as session:
        caller = Caller(session)
        await caller.speaks(0.5)
        await caller.is_silent(1.0)
        signals = [message.voice_activity for message in (await next_turn(session)).messages if message.voice_activity]

    told = [signal.voice_activity_type for signal in signals]
    assert told == [types.VoiceActivityType.ACTIVITY_START, types.VoiceActivityType.ACTIVITY_END]


@live("proactive audio")
async def proactive_audio(there: There) -> None:
    """A model that may keep silent does so while the caller is not done, and says that it waits."""
    async with dialled(there, proactivity={"proactive_audio": True}) as session:
        await writes(session, "what I wanted to say,")
        turn = await next_turn(session)

    assert not turn.text
    assert turn.has("waiting_for_input")
    assert turn.messages[-1].server_content.turn_complete_reason == types.TurnCompleteReason.NEED_MORE_INPUT


@live("transcripts beside the answer", settings={"transcript_lag_s": 1.0})
async def transcripts_beside_the_answer(there: There) -> None:
    """Nothing orders the two; put together they are the same."""
    async with dialled(there, input_audio_transcription={}, **AUDIO) as session:
        await Caller(session).speaks(1.0)
        await session.send_realtime_input(audio_stream_end=True)
        turn = await next_turn(session)

    assert sorted(turn.heard.split()) == sorted(spoken_words(0, 4).split())


@live("words with their times", versions=">=2.34")
async def words_with_their_times(there: There) -> None:
    asked = {"language_codes": ["en-US"], "word_timestamp": True, "diarization": True}
    async with dialled(there, input_audio_transcription=asked) as session:
        await Caller(session).speaks(0.5)
        await session.send_realtime_input(audio_stream_end=True)
        turn = await next_turn(session)

    pieces = [c.input_transcription for c in turn.contents if c.input_transcription and c.input_transcription.text]
    words = [word for piece in pieces for word in piece.words]
    assert [word.word for word in words] == spoken_words(0, 2).split()
    assert {piece.language_code for piece in pieces} == {"en-US"}
    assert all(piece.speaker_label for piece in pieces)


# Generations.


@live("Gemini 3.1")
async def gemini_3_1(there: There) -> None:
    """Typed text is echoed like speech, and one content carries audio and transcript at once."""
    config = {"input_audio_transcription": {}, "output_audio_transcription": {}, **AUDIO}
    async with dialled(there, model=LIVE_3_1, **config) as session:
        await session.send_realtime_input(text="hello")
        turn = await next_turn(session)

    assert turn.heard == "hello"
    assert any(content.model_turn and content.output_transcription for content in turn.contents)


@live("Gemini 3 speaks only")
async def gemini_3_speaks_only(there: There) -> None:
    for model in (LIVE_3_1, LIVE_3_8):
        error = await _not_set_up(there, model)
        assert error.code == 1007, f"{model}: {error}"


async def _not_set_up(there: There, model: str) -> errors.APIError:
    try:
        async with dialled(there, model=model):
            raise AssertionError(f"{model} was asked for text and agreed")
    except errors.APIError as error:
        return error


@live("interaction status", versions=HAS_STATUS)
async def interaction_status(there: There) -> None:
    """An extended-thinking model ends several turns in one interaction, and `receive()` goes on until it is idle."""
    async with dialled(there, model=EXTENDED_3_8, **AUDIO) as session:
        await session.send_realtime_input(text="hello")
        turn = await next_turn(session)

    ends = [content.interaction_status for content in turn.contents if content.turn_complete]
    assert len(ends) > 1
    assert ends == [types.InteractionStatus.IN_PROGRESS] * (len(ends) - 1) + [types.InteractionStatus.IDLE]


@live("interim transcripts", versions=">=2.34")
async def interim_transcripts(there: There) -> None:
    """They grow; the last word has `input_transcription`."""
    async with dialled(there, model=LIVE_3_8, input_audio_transcription={}, **AUDIO) as session:
        await Caller(session).speaks(1.0)
        await session.send_realtime_input(audio_stream_end=True)
        turn = await next_turn(session)

    interim = [c.interim_input_transcription.text for c in turn.contents if c.interim_input_transcription]
    assert interim
    assert [len(text) for text in interim] == sorted(len(text) for text in interim)
    assert turn.heard.strip() == spoken_words(0, 4)
    assert turn.heard.startswith(interim[-1]) or interim[-1] == turn.heard


@live("live translation")
async def live_translation(there: There) -> None:
    """No turns: as much audio comes back as goes in, while it goes in."""
    config: dict[str, Any] = {"input_audio_transcription": {}, "output_audio_transcription": {}, **AUDIO}
    async with dialled(there, model=TRANSLATE, **config) as session:
        caller = Caller(session)
        await asyncio.gather(caller.speaks(1.0), heard := asyncio.ensure_future(_heard_for(session, 1.5)))
        turn = heard.result()

    assert not turn.has("turn_complete")
    assert 30_000 <= len(turn.audio) <= 48_000
    assert turn.heard.split() == spoken_words(0, 4).split()


async def _heard_for(session: Any, for_s: float) -> Turn:
    messages: list[Any] = []
    try:
        async with asyncio.timeout(for_s):
            async for message in session.receive():
                messages.append(message)
    except TimeoutError:
        pass
    return Turn(messages=tuple(messages))


@live("58 minutes", transports=("virtual",))
async def fifty_eight_minutes(there: There) -> None:
    """A 3.8 connection is not warned: it ends at 58:00."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    compressed = {"context_window_compression": {"sliding_window": {}}}
    async with dialled(there, model=LIVE_3_8, **compressed, **AUDIO) as session:
        error = await ended(session, within_s=3600.0)

    assert (error.code, error.details) == (1011, "Deadline expired before operation could complete.")
    assert abs(loop.time() - began_s - 3480.0) < 0.5
