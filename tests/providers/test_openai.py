"""The OpenAI provider against a small server written by hand, on the virtual clock."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time

import pytest

from providers.base import AudioChunk, ConnectionFailed, NotConnected, ProviderError, SessionConfig, SessionState
from providers.openai import OpenAIRealtimeProvider, create_openai_provider
from tests.support.listener import Listener
from tests.support.scripted_server import Peer, Refusal, ScriptedServer, until

KEY = "sk-very-secret-0123456789"
CONFIG = SessionConfig(
    sample_rate=24000,
    system_prompt="Be brief.",
    max_tokens=500,
    tools=({"name": "weather", "description": "d", "parameters": {"type": "object", "properties": {}}},),
    metadata={"voice": "marin", "turn_detection": {"type": "server_vad", "silence_duration_ms": 300}},
)


def provider_at(server: ScriptedServer) -> OpenAIRealtimeProvider:
    return OpenAIRealtimeProvider(KEY, websocket_url=server.url)


async def ready(peer: Peer, session_id: str = "sess_1") -> None:
    await peer.say({"type": "session.created", "session": {"id": session_id, "model": "gpt-realtime"}})
    while (await peer.hear())["type"] != "session.update":
        pass
    await peer.say({"type": "session.updated", "session": {"id": session_id}})


async def stay(peer: Peer) -> None:
    await ready(peer, f"sess_{id(peer)}")
    await peer.hear_on()


def leave_with(code: int, reason: str = "", after_s: float = 1.0):
    async def script(peer: Peer) -> None:
        await ready(peer)
        await asyncio.sleep(after_s)
        await peer.close(code, reason)

    return script


async def cut_after_a_second(peer: Peer) -> None:
    await ready(peer)
    await asyncio.sleep(1.0)
    peer.cut()


def kinds(peer: Peer) -> list[str]:
    return [message["type"] for message in peer.received]


async def test_the_configuration_is_sent_before_anything_else():
    async with ScriptedServer(stay) as server, Listener(provider_at(server), CONFIG):
        session = server.peers[0].received[0]["session"]

        assert session["type"] == "realtime"
        assert session["instructions"] == "Be brief."
        assert session["max_output_tokens"] == 500
        assert session["tools"][0]["name"] == "weather"
        assert session["audio"]["output"]["voice"] == "marin"
        assert session["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 300
        assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}
        assert "temperature" not in session


async def test_the_key_goes_into_a_header_and_not_into_the_url():
    async with ScriptedServer(stay) as server, Listener(provider_at(server), CONFIG):
        assert server.peers[0].headers["Authorization"] == f"Bearer {KEY}"
        assert KEY not in server.peers[0].path
        assert server.peers[0].path == "/v1/realtime?model=gpt-realtime"


async def test_audio_at_24_khz_passes_unchanged():
    audio = bytes(range(256)) * 3
    async with ScriptedServer(stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG):
            await provider.send_audio(AudioChunk(audio))
            await until(lambda: "input_audio_buffer.append" in kinds(server.peers[0]))

            assert base64.b64decode(server.peers[0].received[-1]["audio"]) == audio


async def test_audio_at_16_khz_becomes_half_as_long_again():
    async with ScriptedServer(stay) as server:
        provider = provider_at(server)
        async with Listener(provider, SessionConfig(sample_rate=16000)):
            for _ in range(50):
                await provider.send_audio(AudioChunk(bytes(640)))
            await until(lambda: kinds(server.peers[0]).count("input_audio_buffer.append") == 50)

            sent = sum(len(base64.b64decode(m["audio"])) for m in server.peers[0].received[1:])
            assert abs(sent - 48000) <= 4


async def test_a_reader_makes_the_session_active():
    async with ScriptedServer(stay) as server:
        provider = provider_at(server)
        assert provider.state is SessionState.IDLE
        async with Listener(provider, CONFIG):
            assert provider.state is SessionState.ACTIVE
        assert provider.state is SessionState.DISCONNECTED


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 1013, 4999])
async def test_a_close_that_nobody_asked_for_is_a_loss(code):
    async with ScriptedServer(leave_with(code, "as it happens"), stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await heard.hears("connection.reconnected")

            assert heard.connection_story == ["connection.reconnecting", "connection.reconnected"]
            assert provider.state is SessionState.ACTIVE


async def test_a_cut_is_followed_by_an_attempt_one_second_later():
    async with ScriptedServer(cut_after_a_second, stay) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("connection.reconnected")

        reconnecting = heard.of("connection.reconnecting")[0]
        assert dict(reconnecting.data) == {"attempt": 1, "max_attempts": 5, "backoff_delay": 1.0}
        assert reconnecting.timestamp is not None
        assert server.attempts_s[1] - reconnecting.timestamp == pytest.approx(1.0, abs=0.01)


async def test_a_server_that_stays_away_is_given_up_after_31_seconds():
    async with ScriptedServer(stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            loop = asyncio.get_running_loop()
            await server.stop()
            began_s = loop.time()
            failed = await heard.hears("connection.failed")

            assert loop.time() - began_s == pytest.approx(31.0, abs=0.2)
            assert [event.data["backoff_delay"] for event in heard.of("connection.reconnecting")] == [1, 2, 4, 8, 16]
            assert failed.data["attempts"] == 5
            assert failed.data["reason"] == "could not reach 127.0.0.1: Connection refused"
            assert provider.state is SessionState.ERROR
            await until(lambda: heard.has_ended)
            assert heard.kinds[-1] == "connection.failed"


async def test_sending_after_the_failure_raises():
    async with ScriptedServer(stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await server.stop()
            await heard.hears("connection.failed")

            with pytest.raises(NotConnected):
                await provider.send_audio(AudioChunk(bytes(640)))


async def test_sending_in_an_outage_does_not_raise_and_what_is_lost_is_counted():
    async with ScriptedServer(cut_after_a_second, stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await heard.hears("connection.reconnecting")
            for _ in range(7):
                await provider.send_audio(AudioChunk(bytes(960)))
            told = await heard.hears("connection.reconnected")

            assert told.data["dropped_audio_chunks"] == 7
            assert "input_audio_buffer.append" not in kinds(server.peers[1])


async def test_disconnect_in_the_middle_of_a_backoff_is_immediate():
    async with ScriptedServer(stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await server.stop()
            await heard.hears("connection.reconnecting", times=4)
            loop = asyncio.get_running_loop()
            began_s = loop.time()
            await provider.disconnect()

            assert loop.time() - began_s < 0.1
            await asyncio.sleep(60)
            assert heard.connection_story == ["connection.reconnecting"] * 4
            assert heard.has_ended


async def test_disconnect_while_connecting_ends_connect():
    async def say_nothing(peer: Peer) -> None:
        await peer.hear_on()

    async with ScriptedServer(say_nothing) as server:
        provider = provider_at(server)
        connecting = asyncio.create_task(provider.connect(CONFIG))
        await asyncio.sleep(2.0)
        await provider.disconnect()

        with pytest.raises(NotConnected, match="disconnect"):
            await connecting
        assert provider.state is SessionState.DISCONNECTED


async def test_disconnect_leaves_no_task_behind():
    async with ScriptedServer(stay) as server:
        before = asyncio.all_tasks()
        async with Listener(provider_at(server), CONFIG):
            pass
        await until(lambda: len(asyncio.all_tasks()) <= len(before))


async def test_disconnecting_twice_does_no_harm():
    async with ScriptedServer(stay) as server:
        provider = provider_at(server)
        await provider.connect(CONFIG)
        await provider.disconnect()
        await provider.disconnect()

        assert provider.state is SessionState.DISCONNECTED


async def test_a_session_can_be_opened_again_after_a_disconnect():
    async with ScriptedServer(stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG):
            pass
        async with Listener(provider, CONFIG) as heard:
            await heard.hears("session.created")


async def test_an_error_event_does_not_end_the_session():
    async def err(peer: Peer) -> None:
        await ready(peer)
        await peer.say(
            {"type": "error", "error": {"type": "invalid_request_error", "code": "response_cancel_not_active"}}
        )
        await peer.say({"type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": 0})
        await peer.hear_on()

    async with ScriptedServer(err) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("speech.started")

        assert heard.of("error")[0].data["code"] == "response_cancel_not_active"
        assert heard.connection_story == []


@pytest.mark.parametrize(
    "frame",
    [
        '{"type": "response.do',
        "[]",
        "{}",
        b"\x00\xff" * 32,
        '{"type":"response.done"}',
        '{"type":"response.output_audio.delta","delta":"?"}',
    ],
)
async def test_a_message_that_cannot_be_read_is_told_as_an_error(frame):
    async def garble(peer: Peer) -> None:
        await ready(peer)
        await peer.say(frame)
        await peer.say({"type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": 0})
        await peer.hear_on()

    async with ScriptedServer(garble) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("speech.started")

        assert [event.data["code"] for event in heard.of("error")] == ["unreadable_message"]
        assert heard.connection_story == []


async def test_a_message_of_three_megabytes_is_accepted():
    async def shout(peer: Peer) -> None:
        await ready(peer)
        audio = base64.b64encode(bytes(2_400_000)).decode()
        await peer.say({"type": "response.output_audio.delta", "delta": audio})
        await peer.hear_on()

    async with ScriptedServer(shout) as server, Listener(provider_at(server), CONFIG) as heard:
        told = await heard.hears("audio.output")

        assert len(told.data["audio"]) == 2_400_000
        assert (told.data["format"], told.data["sample_rate"]) == ("pcm16", 24000)


async def speak_then_cut(peer: Peer) -> None:
    await ready(peer)
    await peer.say({"type": "input_audio_buffer.committed", "item_id": "user_1"})
    await peer.say({"type": "response.created", "response": {"id": "r"}})
    await peer.say({"type": "response.output_item.added", "item": {"id": "agent_1", "type": "message"}})
    await peer.say(
        {"type": "response.output_audio_transcript.done", "item_id": "agent_1", "transcript": "Hello there."}
    )
    await peer.say(
        {"type": "conversation.item.input_audio_transcription.completed", "item_id": "user_1", "transcript": "Hi."}
    )
    await peer.say({"type": "response.done", "response": {"id": "r", "status": "completed"}})
    await asyncio.sleep(1.0)
    peer.cut()


async def test_the_conversation_is_said_again_in_order_after_the_configuration():
    async with ScriptedServer(speak_then_cut, stay) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("connection.reconnected")
        await until(lambda: len(server.peers[1].received) == 3)

        update, user, agent = server.peers[1].received
        assert update == server.peers[0].received[0]
        assert user["item"]["content"] == [{"type": "input_text", "text": "Hi."}]
        assert agent["item"]["content"] == [{"type": "output_text", "text": "Hello there."}]


async def test_a_new_session_has_a_new_id():
    async with ScriptedServer(cut_after_a_second, stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            first = provider._session_id
            await heard.hears("connection.reconnected")

            assert first == "sess_1"
            assert provider._session_id not in (None, "sess_1")


async def test_a_text_that_is_sent_in_an_outage_is_answered_after_it():
    async with ScriptedServer(cut_after_a_second, stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await heard.hears("connection.reconnecting")
            await provider.send_text("Are you there?")
            await heard.hears("connection.reconnected")
            await until(lambda: "response.create" in kinds(server.peers[1]))

            assert kinds(server.peers[1]) == ["session.update", "conversation.item.create", "response.create"]


async def test_a_function_call_survives_the_loss_of_its_connection():
    async def call_then_cut(peer: Peer) -> None:
        await ready(peer)
        call = {"call_id": "call_1", "item_id": "item_1", "name": "weather", "arguments": '{"city": "Rome"}'}
        await peer.say({"type": "response.function_call_arguments.done", **call})
        await peer.say({"type": "response.done", "response": {"id": "r", "status": "completed"}})
        await asyncio.sleep(1.0)
        peer.cut()

    async with ScriptedServer(call_then_cut, stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            told = await heard.hears("function_call")
            await heard.hears("connection.reconnected")
            await provider.handle_function_result(told.data["call_id"], {"sun": True})
            await until(lambda: "response.create" in kinds(server.peers[1]))

            assert told.data["arguments"] == {"city": "Rome"}
            items = [message["item"] for message in server.peers[1].received[1:3]]
            assert [item["type"] for item in items] == ["function_call", "function_call_output"]
            with pytest.raises(ProviderError):
                await provider.handle_function_result("call_1", "again")


async def test_a_response_is_asked_for_once_the_running_one_is_over():
    async def busy(peer: Peer) -> None:
        await ready(peer)
        await peer.say({"type": "response.created", "response": {"id": "r"}})
        await peer.hear()
        await asyncio.sleep(1.0)
        assert "response.create" not in kinds(peer)
        await peer.say({"type": "response.done", "response": {"id": "r", "status": "completed"}})
        await peer.hear_on()

    async with ScriptedServer(busy) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await heard.hears("turn.started")
            await provider.send_text("And now?")
            await until(lambda: "response.create" in kinds(server.peers[0]))


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "20"}, 20.0),
        ({"retry-after-ms": "2500"}, 2.5),
        ({"Date": "Sun, 22 Nov 2026 10:00:00 GMT", "Retry-After": "Sun, 22 Nov 2026 10:00:09 GMT"}, 9.0),
        ({"x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-reset-tokens": "1m26.4s"}, 86.4),
        ({}, 60.0),
    ],
)
async def test_a_rate_limited_handshake_is_repeated_when_the_server_said(headers, wait_s):
    async with ScriptedServer(cut_after_a_second, Refusal(429, headers), stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            told = await heard.hears("connection.reconnected", within_s=600)

            assert server.attempts_s[2] - server.attempts_s[1] == pytest.approx(wait_s, abs=0.1)
            assert server.attempts_s[2] - server.attempts_s[1] >= wait_s
            limited = heard.of("connection.reconnecting")[1].data
            assert limited["rate_limit_wait"] == pytest.approx(wait_s, abs=0.1)
            assert limited["backoff_delay"] == 1.0
            assert provider._rate_limit_reset_time == pytest.approx(server.attempts_s[2], abs=0.1)
            assert told.data["attempts"] == 1


async def test_a_rate_limit_told_in_the_session_holds_for_the_next_attempt():
    async def limit(peer: Peer) -> None:
        await ready(peer)
        error = {"type": "tokens", "code": "rate_limit_exceeded", "message": "Please try again in 12s."}
        await peer.say({"type": "error", "error": error})
        await asyncio.sleep(1.0)
        peer.cut()

    async with ScriptedServer(limit, stay) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("connection.reconnected")

        assert server.attempts_s[1] - server.attempts_s[0] >= 12.0


async def test_a_used_up_account_is_not_called_again_and_again():
    async def poor(peer: Peer) -> None:
        await ready(peer)
        await asyncio.sleep(0.3)
        error = {"type": "insufficient_quota", "code": "insufficient_quota", "message": "No quota."}
        await peer.say({"type": "error", "error": error})
        await peer.close(1000)

    async with ScriptedServer(cut_after_a_second, poor) as server, Listener(provider_at(server), CONFIG) as heard:
        failed = await heard.hears("connection.failed")

        assert len(server.attempts_s) == 2
        assert "insufficient_quota" in failed.data["reason"]


async def test_after_the_failure_nothing_is_left_even_without_a_disconnect():
    async def refuse_later(peer: Peer) -> None:
        await ready(peer)
        await asyncio.sleep(0.5)
        await peer.close(4000, "invalid_request_error.invalid_model")

    async with ScriptedServer(refuse_later) as server:
        provider = provider_at(server)
        before = len(asyncio.all_tasks())
        await provider.connect(CONFIG)
        kinds_heard = [event.type async for event in provider.receive_events()]

        assert kinds_heard[-1] == "connection.failed"
        await until(lambda: len(asyncio.all_tasks()) <= before, within_s=1.0)


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_refused_key_ends_the_outage_with_its_status(status):
    async with (
        ScriptedServer(cut_after_a_second, Refusal(status)) as server,
        Listener(provider_at(server), CONFIG) as heard,
    ):
        failed = await heard.hears("connection.failed")

        assert len(server.attempts_s) == 2
        assert f"HTTP {status}" in failed.data["reason"]


async def test_a_key_refused_behind_the_upgrade_ends_the_outage_too():
    async def let_in_and_refuse(peer: Peer) -> None:
        await peer.close(1008, "Invalid API key")

    async with (
        ScriptedServer(cut_after_a_second, let_in_and_refuse) as server,
        Listener(provider_at(server), CONFIG) as heard,
    ):
        failed = await heard.hears("connection.failed")

        assert len(server.attempts_s) == 2
        assert "Invalid API key" in failed.data["reason"]


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_other_refusals_follow_the_schedule(status):
    async with (
        ScriptedServer(cut_after_a_second, Refusal(status), Refusal(status), stay) as server,
        Listener(provider_at(server), CONFIG) as heard,
    ):
        told = await heard.hears("connection.reconnected")

        assert told.data["attempts"] == 3


async def test_a_wrong_key_makes_connect_raise_with_the_cause_and_without_the_key():
    async def unknown_key(peer: Peer) -> None:
        error = {"type": "invalid_request_error", "code": "invalid_api_key", "message": f"Incorrect API key: {KEY}"}
        await peer.say({"type": "error", "error": error})
        await peer.close(3000, "invalid_request_error.invalid_api_key")

    async with ScriptedServer(unknown_key) as server:
        provider = provider_at(server)
        with pytest.raises(ConnectionFailed, match="invalid_api_key") as raised:
            await provider.connect(CONFIG)

        assert KEY not in str(raised.value)
        assert raised.value.cause.close_code == 3000
        assert provider.state is SessionState.ERROR
        assert len(server.attempts_s) == 1


async def test_a_rejected_configuration_makes_connect_raise():
    async def reject(peer: Peer) -> None:
        await peer.say({"type": "session.created", "session": {"id": "s"}})
        await peer.hear()
        error = {"type": "invalid_request_error", "code": "unknown_parameter", "message": "session.x"}
        await peer.say({"type": "error", "error": error})
        await peer.hear_on()

    async with ScriptedServer(reject) as server:
        with pytest.raises(ConnectionFailed, match="unknown_parameter"):
            await provider_at(server).connect(CONFIG)


async def test_a_session_that_never_becomes_ready_is_given_up_after_ten_seconds():
    async def mute(peer: Peer) -> None:
        await peer.hear_on()

    async with ScriptedServer(mute) as server:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        with pytest.raises(ConnectionFailed, match=r"session\.created within 10 s"):
            await provider_at(server).connect(CONFIG)

        assert loop.time() - began_s == pytest.approx(10.0, abs=0.1)


async def test_a_flapping_server_ends_in_failure():
    async with ScriptedServer(leave_with(1011, after_s=0.2)) as server, Listener(provider_at(server), CONFIG) as heard:
        await heard.hears("connection.failed")

        assert len(server.attempts_s) == 6
        assert [event.data["attempt"] for event in heard.of("connection.reconnecting")] == [1, 2, 3, 4, 5]


async def test_a_session_is_left_in_a_pause_before_it_expires():
    async def hour(peer: Peer) -> None:
        session = {"id": f"sess_{id(peer)}", "expires_at": time.time() + 3600}
        await peer.say({"type": "session.created", "session": session})
        await peer.hear()
        await peer.say({"type": "session.updated", "session": session})
        await peer.hear_on()

    async with ScriptedServer(hour) as server, Listener(provider_at(server), CONFIG) as heard:
        await until(lambda: len(server.attempts_s) == 3, within_s=3 * 3600)

        assert server.attempts_s[1] - server.attempts_s[0] == pytest.approx(3540, abs=2)
        assert server.attempts_s[2] - server.attempts_s[1] == pytest.approx(3540, abs=2)
        assert heard.connection_story == []


async def test_the_key_is_in_no_log(caplog):
    caplog.set_level(logging.DEBUG)
    async with ScriptedServer(cut_after_a_second, Refusal(500, body={"error": {"message": KEY}}), stay) as server:
        provider = provider_at(server)
        async with Listener(provider, CONFIG) as heard:
            await heard.hears("connection.reconnected")

            client_side = [record for record in caplog.records if record.name != "websockets.server"]
            assert not [record for record in client_side if KEY in record.getMessage()]
            assert KEY not in json.dumps([dict(event.data) for event in heard.events], default=str)
            assert KEY not in repr(provider)


async def test_the_premium_model_is_the_large_one():
    assert "mini" in (await create_openai_provider(KEY)._address())[0]
    assert "mini" not in (await create_openai_provider(KEY, use_premium=True)._address())[0]
