"""The vendor's own client holds a conversation with the Gemini Live mock: a witness who read neither our client nor it.

Needs google-genai, which the project does not depend on: run it in an environment that has it beside the test extra.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme

from mock_servers.base import google_content
from mock_servers.base.server import MockServer
from mock_servers.base.trouble import GoAway
from mock_servers.gemini_live import client_messages, troubles
from tests.support.gemini_story import gemini

genai = pytest.importorskip("google.genai", reason="google-genai is not installed")

# What the SDK's dependencies warn of is theirs to mend.
pytestmark = [pytest.mark.sdk, pytest.mark.filterwarnings("ignore")]

MODEL = "gemini-live-2.5-flash-preview"
WEATHER = {"name": "weather", "parameters": {"type": "OBJECT", "properties": {"city_name": {"type": "STRING"}}}}


@asynccontextmanager
async def dialled(
    *, key: str = "good", turns: tuple[str, ...] = ("one two three",), **config: Any
) -> AsyncIterator[tuple[MockServer, Any, Any]]:
    """A server, the SDK's client, and a session with everything switched on. The SDK speaks TLS only."""
    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    async with MockServer(gemini(turns=turns), tls=server_side) as server:
        client = genai.Client(
            api_key=key,
            http_options=genai.types.HttpOptions(
                base_url=f"https://127.0.0.1:{server.port}",
                async_client_args={"ssl": client_side, "proxy": None},
            ),
        )
        full = {
            "response_modalities": ["AUDIO"],
            "temperature": 0.5,
            "system_instruction": "be brief",
            "speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Puck"}}},
            "tools": [{"function_declarations": [WEATHER]}],
            "session_resumption": {},
            "context_window_compression": {"sliding_window": {}},
            "input_audio_transcription": {},
            "output_audio_transcription": {},
            "realtime_input_config": {"automatic_activity_detection": {"silence_duration_ms": 300}},
        }
        async with client.aio.live.connect(model=MODEL, config=full | config) as session:
            yield server, client, session


async def says(session: Any, text: str) -> None:
    await session.send_client_content(turns={"role": "user", "parts": [{"text": text}]}, turn_complete=True)


async def one_turn(session: Any) -> list[Any]:
    return [message async for message in session.receive()]


async def test_the_sdk_sets_a_session_up_with_everything_switched_on():
    async with dialled() as (_, _, session):
        assert session.setup_complete is not None


async def test_the_sdk_hears_an_answer():
    async with dialled() as (_, _, session):
        await says(session, "hello")
        turn = await one_turn(session)

    assert len(b"".join(message.data for message in turn if message.data)) == 3 * 12_000
    assert turn[-1].server_content.turn_complete
    assert turn[-1].usage_metadata.response_token_count == 24


async def test_the_sdk_reads_what_the_agent_said():
    async with dialled() as (_, _, session):
        await says(session, "hello")
        contents = [message.server_content for message in await one_turn(session) if message.server_content]

    assert "".join(c.output_transcription.text for c in contents if c.output_transcription) == "one two three"


async def test_the_mock_understands_audio_as_the_sdk_sends_it():
    async with dialled() as (_, _, session):
        audio = genai.types.Blob(data=b"\x00\x40" * 16_000, mime_type="audio/pcm;rate=16000")
        await session.send_realtime_input(audio=audio)
        await session.send_realtime_input(audio_stream_end=True)
        contents = [message.server_content for message in await one_turn(session) if message.server_content]

    assert len("".join(c.input_transcription.text for c in contents if c.input_transcription).split()) == 4


async def test_the_sdk_answers_a_function_call():
    async with dialled() as (_, _, session):
        await says(session, "call weather")
        async for message in session.receive():
            if message.tool_call:
                (call,) = message.tool_call.function_calls
                response = genai.types.FunctionResponse(id=call.id, name=call.name, response={"output": "sunny"})
                await session.send_tool_response(function_responses=[response])
            last = message

    assert call.name == "weather"
    assert last.server_content.turn_complete


async def test_the_sdk_takes_a_session_up_again():
    async with dialled() as (_, client, session):
        await says(session, "hello")
        await one_turn(session)
        update = await anext(session.receive())
        handle = update.session_resumption_update.new_handle
        await session.close()

        config = {"response_modalities": ["AUDIO"], "session_resumption": {"handle": handle}}
        async with client.aio.live.connect(model=MODEL, config=config) as again:
            assert again.setup_complete is not None


async def test_the_sdk_reads_a_goaway_that_ends_in_an_abort():
    async with dialled() as (server, _, session):
        server.trouble(GoAway(time_left_s=10.0), on="live")
        warning = await anext(session.receive())
        with pytest.raises(genai.errors.APIError) as ended:
            await one_turn(session)

    assert warning.go_away.time_left == "10s"
    assert ended.value.code == 1008


async def test_the_sdk_reports_a_bad_key_by_its_close_frame():
    with pytest.raises(genai.errors.APIError) as refused:
        async with dialled(key="invalid"):
            pass

    assert (refused.value.code, refused.value.details) == (1007, "API key not valid. Please pass a valid API key.")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (google_content.Blob, "Blob"),
        (google_content.Content, "Content"),
        (google_content.FunctionDeclaration, "FunctionDeclaration"),
        (google_content.Part, "Part"),
        (google_content.Tool, "Tool"),
        (client_messages.AudioTranscription, "AudioTranscriptionConfig"),
        (client_messages.AutomaticActivityDetection, "AutomaticActivityDetection"),
        (client_messages.ClientContent, "LiveClientContent"),
        (client_messages.ContextWindowCompression, "ContextWindowCompressionConfig"),
        (client_messages.FunctionResponse, "FunctionResponse"),
        (client_messages.GenerationConfig, "GenerationConfig"),
        (client_messages.HistoryConfig, "HistoryConfig"),
        (client_messages.Proactivity, "ProactivityConfig"),
        (client_messages.RealtimeInput, "LiveClientRealtimeInput"),
        (client_messages.RealtimeInputConfig, "RealtimeInputConfig"),
        (client_messages.SessionResumption, "SessionResumptionConfig"),
        (client_messages.Setup, "LiveClientSetup"),
        (client_messages.SlidingWindow, "SlidingWindow"),
        (client_messages.SpeechConfig, "SpeechConfig"),
        (client_messages.ThinkingConfig, "ThinkingConfig"),
        (client_messages.VoiceConfig, "VoiceConfig"),
    ],
)
def test_the_mock_knows_every_field_that_the_sdk_can_send(ours: type[google_content.Message], theirs: str):
    assert set(getattr(genai.types, theirs).model_fields) <= set(ours.model_fields)


def test_a_response_can_fail_for_every_reason_that_the_sdk_knows():
    known = {reason.value for reason in genai.types.TurnCompleteReason} - {"TURN_COMPLETE_REASON_UNSPECIFIED"}

    assert known == troubles.TURN_COMPLETE_REASONS
