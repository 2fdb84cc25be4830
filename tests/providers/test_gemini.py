"""The Gemini provider against a small server written by hand, on the virtual clock."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from providers.base import AudioChunk, AudioFormat, ConnectionFailed, ProviderError, SessionConfig, SessionState
from providers.gemini import GeminiLiveProvider, create_gemini_provider
from tests.support.listener import Listener
from tests.support.scripted_server import Peer, Refusal, Script, ScriptedServer, until

KEY = "AIza-very-secret-0123456789"
CONFIG = SessionConfig(
    system_prompt="Be brief.",
    temperature=0.3,
    tools=(
        {
            "name": "weather",
            "description": "d",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    ),
    metadata={"voice": "Puck"},
)
LOUD = b"\x00\x40" * 320


def provider_at(server: ScriptedServer) -> GeminiLiveProvider:
    return GeminiLiveProvider(KEY, websocket_url=server.url)


async def say(peer: Peer, message: object) -> None:
    """As Google does: JSON in binary frames, over several lines."""
    await peer.say(json.dumps(message, indent=2) + "\n", binary=True)


async def ready(peer: Peer, handle: str | None = None) -> None:
    await peer.hear()
    await say(peer, {"setupComplete": {}})
    if handle is not None:
        await say(peer, {"sessionResumptionUpdate": {"newHandle": handle, "resumable": True}})


async def stay(peer: Peer) -> None:
    await ready(peer)
    await peer.hear_on()


def then_close(code: int, reason: str = "", *, handle: str | None = None, after_s: float = 1.0) -> Script:
    async def script(peer: Peer) -> None:
        await ready(peer, handle)
        await asyncio.sleep(after_s)
        await peer.close(code, reason)

    return script


def setup(server: ScriptedServer, n: int) -> dict:
    return server.peers[n].received[0]["setup"]


def caller_audio(peer: Peer) -> bytes:
    blobs = [message["realtimeInput"]["audio"]["data"] for message in peer.received if "realtimeInput" in message]
    return b"".join(base64.b64decode(blob) for blob in blobs)


async def test_the_whole_configuration_is_in_the_first_message():
    async with ScriptedServer(stay) as server, Listener(provider_at(server), CONFIG):
        asked = setup(server, 0)

        assert asked["model"] == "models/gemini-live-2.5-flash-preview"
        assert asked["systemInstruction"]["parts"] == [{"text": "Be brief."}]
        assert asked["generationConfig"]["temperature"] == 0.3
        assert asked["generationConfig"]["responseModalities"] == ["AUDIO"]
        voice = asked["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]
        assert voice == {"voiceName": "Puck"}
        parameters = asked["tools"][0]["functionDeclarations"][0]["parameters"]
        assert parameters == {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}}
        assert asked["sessionResumption"] == {}


async def test_the_key_goes_into_a_header_and_not_into_the_url():
    async with ScriptedServer(stay) as server, Listener(provider_at(server), CONFIG):
        assert server.peers[0].headers["x-goog-api-key"] == KEY
        assert server.peers[0].path.endswith("v1beta.GenerativeService.BidiGenerateContent")


async def test_audio_goes_out_with_its_rate():
    async with ScriptedServer(stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG):
            await provider.send_audio(AudioChunk(LOUD))
            await until(lambda: len(server.peers[0].received) == 2)

            blob = server.peers[0].received[1]["realtimeInput"]["audio"]
            assert blob["mimeType"] == "audio/pcm;rate=16000"
            assert base64.b64decode(blob["data"]) == LOUD


async def test_one_message_may_carry_audio_words_and_the_end_of_the_turn():
    async def answer(peer: Peer) -> None:
        await ready(peer)
        part = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(LOUD).decode()}}
        content = {"modelTurn": {"parts": [part]}, "outputTranscription": {"text": "Hello."}, "turnComplete": True}
        await say(peer, {"serverContent": {"inputTranscription": {"text": "Hi."}, **content}, "usageMetadata": {}})
        await peer.hear_on()

    async with ScriptedServer(answer) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("turn.completed")

        assert heard.kinds[1:] == ["transcription", "turn.started", "audio.output", "text.output", "turn.completed"]
        assert heard.of("audio.output")[0].data == {"audio": LOUD, "format": "pcm16", "sample_rate": 24000}
        assert heard.of("text.output")[0].data == {"text": "Hello.", "role": "assistant"}


@pytest.mark.parametrize("frame", ['{"serverCon', "[]", b"\x80\x81" * 32, '{"serverContent": 7}', '{"toolCall": {}}'])
async def test_a_message_that_cannot_be_read_is_told_as_an_error(frame):
    async def garble(peer: Peer) -> None:
        await ready(peer)
        await peer.say(frame)
        await say(peer, {"serverContent": {"turnComplete": True}})
        await peer.hear_on()

    async with ScriptedServer(garble) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("turn.completed")

        assert [event.data["code"] for event in heard.of("error")] == ["unreadable_message"]
        assert heard.connection_story == []


@pytest.mark.parametrize("code", [1000, 1001, 1007, 1008, 1011])
async def test_a_close_that_nobody_asked_for_is_a_loss(code):
    async with ScriptedServer(then_close(code), stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await heard.hears("connection.reconnected")

            assert provider.state is SessionState.ACTIVE
            assert heard.of("connection.reconnecting")[0].data["attempt"] == 1


async def test_a_session_is_gone_on_with_where_the_server_kept_it():
    async with (
        ScriptedServer(then_close(1011, handle="h1"), stay) as server,
        Listener(provider_at(server), CONFIG) as heard,
    ):
        told = await heard.hears("connection.reconnected")

        assert told.data["resumed"] is True
        assert setup(server, 1)["sessionResumption"] == {"handle": "h1"}
        assert {**setup(server, 1), "sessionResumption": {}} == setup(server, 0)


async def test_a_handle_is_kept_while_the_session_cannot_be_resumed():
    async def busy(peer: Peer) -> None:
        await ready(peer, "h1")
        await say(peer, {"sessionResumptionUpdate": {}})
        await asyncio.sleep(1.0)
        peer.cut()

    async with ScriptedServer(busy, stay) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("connection.reconnected")

        assert setup(server, 1)["sessionResumption"] == {"handle": "h1"}


async def test_a_refused_handle_is_tried_once():
    async def refuse(peer: Peer) -> None:
        await peer.hear()
        await peer.close(1008, "BidiGenerateContent session not found")

    async with (
        ScriptedServer(then_close(1011, handle="h1"), refuse, stay) as server,
        Listener(provider_at(server), CONFIG) as heard,
    ):
        told = await heard.hears("connection.reconnected")

        assert told.data["attempts"] == 2
        assert told.data["resumed"] is False
        assert setup(server, 2)["sessionResumption"] == {}


async def test_a_session_that_kills_each_connection_is_left_behind():
    poisoned = then_close(1011, "Internal error encountered.", after_s=0.2)
    scripts = (then_close(1011, handle="h1"), poisoned, poisoned, stay)
    async with ScriptedServer(*scripts) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("connection.reconnected", times=3)

        assert setup(server, 2)["sessionResumption"] == {"handle": "h1"}
        assert setup(server, 3)["sessionResumption"] == {}


async def test_a_fresh_session_is_told_what_was_said():
    async def talk(peer: Peer) -> None:
        await ready(peer)
        await say(peer, {"serverContent": {"inputTranscription": {"text": "Hi."}}})
        await say(peer, {"serverContent": {"outputTranscription": {"text": "Hello."}, "turnComplete": True}})
        await asyncio.sleep(1.0)
        peer.cut()

    async with ScriptedServer(talk, stay) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("connection.reconnected")
        await until(lambda: len(server.peers[1].received) == 2)

        content = server.peers[1].received[1]["clientContent"]
        assert content["turns"] == [
            {"role": "user", "parts": [{"text": "Hi."}]},
            {"role": "model", "parts": [{"text": "Hello."}]},
        ]
        assert content["turnComplete"] is False


async def test_a_text_that_is_sent_in_an_outage_is_said_after_it():
    async with ScriptedServer(then_close(1011, handle="h1"), stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await heard.hears("connection.reconnecting")
            await provider.send_text("Are you there?")
            await heard.hears("connection.reconnected")
            await until(lambda: len(server.peers[1].received) == 2)

            content = server.peers[1].received[1]["clientContent"]
            assert content == {"turns": [{"role": "user", "parts": [{"text": "Are you there?"}]}], "turnComplete": True}


async def test_a_function_call_is_cancelled_when_its_connection_is_lost():
    async def call(peer: Peer) -> None:
        await ready(peer)
        await say(peer, {"toolCall": {"functionCalls": [{"id": "f1", "name": "weather", "args": {"city": "Rome"}}]}})
        await asyncio.sleep(1.0)
        peer.cut()

    async with ScriptedServer(call, stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await heard.hears("connection.reconnected")
            await provider.handle_function_result("f1", {"sun": True})
            await asyncio.sleep(1.0)

            assert heard.of("function_call")[0].data == {
                "call_id": "f1",
                "name": "weather",
                "arguments": {"city": "Rome"},
            }
            assert heard.of("function_call.cancelled")[0].data == {"call_id": "f1"}
            assert len(server.peers[1].received) == 1


async def test_where_audio_during_a_function_call_ends_the_connection_the_next_call_is_waited_for_in_silence():
    async def call(peer: Peer) -> None:
        await ready(peer)
        await say(peer, {"toolCall": {"functionCalls": [{"id": "f1", "name": "weather"}]}})

    async def refuse(peer: Peer) -> None:
        await call(peer)
        await asyncio.sleep(1.0)
        await peer.close(1008, "Operation is not implemented, or supported, or enabled.")

    async def wait(peer: Peer) -> None:
        await call(peer)
        await peer.hear_on()

    async with ScriptedServer(refuse, wait) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await heard.hears("connection.reconnected")
            await until(lambda: len(heard.of("function_call")) == 2)
            await provider.send_audio(AudioChunk(data=LOUD, format=AudioFormat.PCM16))
            await provider.handle_function_result("f1", "sun")
            await provider.send_audio(AudioChunk(data=LOUD, format=AudioFormat.PCM16))
            await until(lambda: len(server.peers[1].received) == 3)

            kinds = [next(iter(message)) for message in server.peers[1].received]
            assert kinds == ["setup", "toolResponse", "realtimeInput"]


async def test_the_result_of_a_function_goes_to_the_model():
    async def call(peer: Peer) -> None:
        await ready(peer)
        await say(peer, {"toolCall": {"functionCalls": [{"id": "f1", "name": "weather"}]}})
        await peer.hear_on()

    async with ScriptedServer(call) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await heard.hears("function_call")
            await provider.handle_function_result("f1", "sun")
            await until(lambda: len(server.peers[0].received) == 2)

            answer = server.peers[0].received[1]["toolResponse"]["functionResponses"]
            assert answer == [{"id": "f1", "name": "weather", "response": {"output": "sun"}}]


async def test_after_a_warning_the_session_moves_at_once_in_a_pause():
    async def warn(peer: Peer) -> None:
        await ready(peer, "h1")
        await asyncio.sleep(3.0)
        await say(peer, {"goAway": {"timeLeft": "10s"}})
        await peer.hear_on()

    async with ScriptedServer(warn, stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            told = await heard.hears("session.updated")

            assert told.data["resumed"] is True
            assert server.attempts_s[1] - server.attempts_s[0] == pytest.approx(3.0, abs=0.2)
            assert heard.connection_story == []
            assert provider.state is SessionState.ACTIVE


async def test_after_a_warning_the_turn_and_the_handle_after_it_are_waited_for():
    async def warn(peer: Peer) -> None:
        await ready(peer, "h1")
        part = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(LOUD).decode()}}
        await say(peer, {"serverContent": {"modelTurn": {"parts": [part]}}})
        await say(peer, {"goAway": {"timeLeft": "50s"}})
        await asyncio.sleep(5.0)
        await say(peer, {"serverContent": {"turnComplete": True}})
        await asyncio.sleep(0.5)
        assert len(server.attempts_s) == 1
        await say(peer, {"sessionResumptionUpdate": {"newHandle": "h2", "resumable": True}})
        await peer.hear_on()

    async with ScriptedServer(warn, stay) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("session.updated")

        assert setup(server, 1)["sessionResumption"] == {"handle": "h2"}
        assert server.attempts_s[1] - server.attempts_s[0] == pytest.approx(5.5, abs=0.2)


async def test_a_turn_that_does_not_end_is_not_waited_for_beyond_the_warning():
    async def warn(peer: Peer) -> None:
        await ready(peer, "h1")
        await say(peer, {"serverContent": {"modelTurn": {"parts": [{"text": "Well"}]}}})
        await say(peer, {"goAway": {"timeLeft": "10s"}})
        await peer.hear_on()

    async with ScriptedServer(warn, stay) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("session.updated")

        assert server.attempts_s[1] - server.attempts_s[0] == pytest.approx(10 - 10 / 3, abs=0.2)


async def test_what_is_said_during_a_move_arrives_once_and_in_order():
    async def warn(peer: Peer) -> None:
        await ready(peer, "h1")
        await asyncio.sleep(1.0)
        await say(peer, {"goAway": {"timeLeft": "10s"}})
        await peer.hear_on()

    async def slowly(peer: Peer) -> None:
        await peer.hear()
        await asyncio.sleep(0.7)
        await say(peer, {"setupComplete": {}})
        await peer.hear_on()

    async with ScriptedServer(warn, slowly) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG):
            sent = b""
            for n in range(200):
                chunk = n.to_bytes(2, "little") * 320
                sent += chunk
                await provider.send_audio(AudioChunk(chunk))
                await asyncio.sleep(0.02)
            await until(lambda: len(server.peers) == 2 and len(server.peers[1].received) > 100)
            await asyncio.sleep(1.0)

            assert caller_audio(server.peers[0]) + caller_audio(server.peers[1]) == sent


async def test_a_move_that_fails_becomes_an_outage():
    async def warn(peer: Peer) -> None:
        await ready(peer, "h1")
        await say(peer, {"goAway": {"timeLeft": "10s"}})
        await peer.hear_on()

    async with ScriptedServer(warn, Refusal(503), stay) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("connection.reconnected")

        assert heard.connection_story == ["connection.reconnecting", "connection.reconnected"]


async def test_disconnect_in_the_middle_of_a_move_leaves_nothing():
    async def warn(peer: Peer) -> None:
        await ready(peer, "h1")
        await say(peer, {"goAway": {"timeLeft": "10s"}})
        await peer.hear_on()

    async def never_ready(peer: Peer) -> None:
        await peer.hear_on()

    async with ScriptedServer(warn, never_ready) as server:
        provider = provider_at(server)
        before = asyncio.all_tasks()
        async with Listener(provider, CONFIG) as heard:
            await until(lambda: len(server.peers) == 2)
            await provider.disconnect()
            assert provider.state is SessionState.DISCONNECTED
            assert heard.connection_story == []
        await until(lambda: len(asyncio.all_tasks()) <= len(before))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1007, "API key not valid. Please pass a valid API key."),
        (
            1008,
            "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or",
        ),
        (1011, "You exceeded your current quota, please check your plan and billing details."),
        (1007, "* BidiGenerateContentRequest.setup.generation_config.max_output_tokens: must be positive"),
    ],
)
async def test_a_refusal_for_good_ends_the_outage_with_its_words(code, reason):
    async def refuse(peer: Peer) -> None:
        await peer.hear()
        await peer.close(code, reason)

    async with ScriptedServer(then_close(1011), refuse) as server, Listener(provider_at(server), CONFIG) as heard:
        failed = await heard.hears("connection.failed")

        assert len(server.attempts_s) == 2
        assert reason in failed.data["reason"]
        assert str(code) in failed.data["reason"]


async def test_an_exhausted_server_is_left_alone_for_half_a_minute():
    async def refuse(peer: Peer) -> None:
        await peer.hear()
        await peer.close(1011, "Resource has been exhausted (e.g. check quota).")

    async with ScriptedServer(then_close(1011), refuse, stay) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("connection.reconnected")

        assert server.attempts_s[2] - server.attempts_s[1] >= 30


async def test_a_rate_limited_handshake_is_repeated_when_the_server_said():
    async with (
        ScriptedServer(then_close(1011), Refusal(429, {"Retry-After": "7"}), stay) as server,
        Listener(provider_at(server), CONFIG) as heard,
    ):
        await heard.hears("connection.reconnected")

        assert server.attempts_s[2] - server.attempts_s[1] >= 7
        assert heard.of("connection.reconnecting")[1].data["rate_limit_wait"] == pytest.approx(7, abs=0.1)


async def test_a_wrong_key_makes_connect_raise_with_the_reason_of_the_close():
    async def refuse(peer: Peer) -> None:
        await peer.hear()
        await peer.close(1007, "API key not valid. Please pass a valid API key.")

    async with ScriptedServer(refuse) as server:
        with pytest.raises(ConnectionFailed, match="API key not valid"):
            await provider_at(server).connect(CONFIG)


async def test_audio_that_gemini_does_not_take_is_refused_before_anything_is_opened():
    async with ScriptedServer(stay) as server:
        with pytest.raises(ProviderError, match="pcm16"):
            await provider_at(server).connect(SessionConfig(audio_format=AudioFormat.G711_ULAW))
        assert server.attempts_s == []


def test_a_model_can_be_chosen():
    assert create_gemini_provider(KEY, "gemini-3.1-flash-live")._model_id() == "gemini-3.1-flash-live"
