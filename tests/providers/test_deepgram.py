"""The Deepgram provider against small servers written by hand, on the virtual clock."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

from providers.base import AudioChunk, ConnectionFailed, SessionConfig, SessionState, TextMessage
from providers.deepgram import AUDIO_BUFFER_SIZE, DeepgramSegmentedProvider, create_deepgram_provider
from tests.support.listener import Listener
from tests.support.rest_server import Asked, Reply, RestServer
from tests.support.scripted_server import Peer, Refusal, Script, ScriptedServer, until

KEYS = ("dg-very-secret-0123456789", "AIza-very-secret-0123456789")
CONFIG = SessionConfig(system_prompt="Be brief.", temperature=0.2, max_tokens=99)
FRAME_BYTES = 640


def frame(n: int) -> bytes:
    return n.to_bytes(2, "little") * (FRAME_BYTES // 2)


def result(text: str, *, final: bool = True, speech_final: bool = True) -> dict:
    alternative = {"transcript": text, "confidence": 0.9, "words": []}
    channel = {"alternatives": [alternative]}
    return {"type": "Results", "channel": channel, "is_final": final, "speech_final": speech_final}


async def stay(peer: Peer) -> None:
    await peer.hear_on()


def then_cut(after_s: float = 1.0) -> Script:
    async def script(peer: Peer) -> None:
        try:
            async with asyncio.timeout(after_s):
                await peer.hear_on()
        except TimeoutError:
            peer.cut()

    return script


def says(*messages: dict) -> Script:
    async def script(peer: Peer) -> None:
        for message in messages:
            await peer.say(message)
        await peer.hear_on()

    return script


def thinks(text: str = "Fine.", speech: Reply | None = None) -> Callable[[Asked], Reply]:
    answer = {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}}]}

    def reply(asked: Asked) -> Reply:
        if "generateContent" in asked.target:
            return Reply(json.dumps(answer).encode())
        return speech or Reply(b"\1\2\3", b"\4\5\6", b"\7\10")

    return reply


@asynccontextmanager
async def stage(
    *scripts: Script, rest: Callable[[Asked], Reply] | None = None
) -> AsyncIterator[tuple[ScriptedServer, RestServer, DeepgramSegmentedProvider, Listener]]:
    async with ScriptedServer(*scripts) as server, RestServer(rest or thinks()) as calls:
        provider = DeepgramSegmentedProvider(
            *KEYS, deepgram_stt_url=server.url, deepgram_tts_url=calls.url, gemini_api_url=calls.url
        )
        async with Listener(provider, CONFIG) as heard:
            yield server, calls, provider, heard


def heard_audio(peer: Peer) -> bytes:
    return b"".join(message for message in peer.received if isinstance(message, bytes))


async def test_the_stream_is_described_in_the_query():
    async with stage(stay) as (server, _, _, _):
        await until(lambda: len(server.peers) == 1)
        parts = urlsplit(server.peers[0].path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}

        assert parts.path == "/v1/listen"
        assert asked["model"] == "nova-3"
        assert (asked["encoding"], asked["sample_rate"], asked["channels"]) == ("linear16", "16000", "1")
        assert asked["interim_results"] == "true"
        assert server.peers[0].headers["Authorization"] == f"Token {KEYS[0]}"


async def test_the_same_stream_is_asked_for_after_a_loss():
    async with stage(then_cut(), stay) as (server, _, _, heard):
        await heard.hears("connection.reconnected")

        assert server.peers[0].path == server.peers[1].path


async def test_what_the_caller_says_is_answered_in_text_and_audio():
    async with stage(says(result("hello"))) as (_, calls, provider, heard):
        await heard.hears("turn.completed")

        assert heard.kinds[1:4] == ["transcription", "turn.started", "text.output"]
        assert b"".join(event.data["audio"] for event in heard.of("audio.output")) == bytes([1, 2, 3, 4, 5, 6, 7, 8])
        assert all(len(event.data["audio"]) % 2 == 0 for event in heard.of("audio.output"))
        assert heard.of("audio.output")[0].data["sample_rate"] == 24000
        think, speak = calls.asked
        assert think.target == "/v1beta/models/gemini-2.5-flash:generateContent"
        assert think.headers["x-goog-api-key"] == KEYS[1]
        assert think.body["systemInstruction"]["parts"] == [{"text": "Be brief."}]
        assert think.body["generationConfig"] == {"temperature": 0.2, "maxOutputTokens": 99}
        assert speak.body == {"text": "Fine."}
        assert "container=none" in speak.target
        assert provider._conversation_history == [TextMessage("hello"), TextMessage("Fine.", role="assistant")]


async def test_interim_results_are_not_said():
    interim = result("hel", final=False, speech_final=False)
    async with stage(says(interim, result("hello"))) as (_, _, _, heard):
        await heard.hears("turn.completed")

        assert [event.data["text"] for event in heard.of("transcription")] == ["hello"]


async def test_the_pieces_of_an_utterance_are_joined():
    pieces = (result("one", speech_final=False), result("two", speech_final=False), {"type": "UtteranceEnd"})
    async with stage(says(*pieces)) as (_, _, _, heard):
        told = await heard.hears("transcription")

        assert told.data["text"] == "one two"


async def test_the_model_gets_the_last_ten_messages():
    async with stage(stay) as (_, calls, provider, heard):
        for n in range(8):
            await provider.send_text(f"question {n}")
            await heard.hears("turn.completed", times=n + 1)

        contents = [asked.body["contents"] for asked in calls.asked if "contents" in asked.body]
        assert len(contents[-1]) == 10
        assert contents[-1][-1] == {"role": "user", "parts": [{"text": "question 7"}]}


@pytest.mark.parametrize("reply", [Reply(b"busy", status=503), Reply(b"<html>"), Reply(b"[]"), Reply(stall=True)])
async def test_a_model_that_fails_is_told_and_ends_nothing(reply):
    async with stage(says(result("hello")), rest=lambda asked: reply) as (_, _, provider, heard):
        told = await heard.hears("error")

        assert told.data["code"] == "rest_failed"
        assert (await heard.hears("turn.completed")).data["status"] == "failed"
        assert provider.state is SessionState.ACTIVE
        assert heard.connection_story == []


@pytest.mark.parametrize("reply", [Reply(b"no", status=429), Reply(b"\0\0", b"\0\0", pause_s=11.0), Reply(stall=True)])
async def test_speech_that_fails_is_told_and_ends_nothing(reply):
    async with stage(says(result("hello")), rest=thinks(speech=reply)) as (_, _, provider, heard):
        await heard.hears("error")

        assert heard.of("text.output")
        assert provider.state is SessionState.ACTIVE
        assert heard.connection_story == []


async def test_an_answer_goes_on_while_listening_is_lost():
    slowly = Reply(*[bytes(480)] * 20, pause_s=0.2)

    async def answer_then_cut(peer: Peer) -> None:
        await peer.say(result("hello"))
        await asyncio.sleep(1.0)
        peer.cut()

    scripts = (answer_then_cut, Refusal(500), stay)
    async with stage(*scripts, rest=thinks(speech=slowly)) as (_, _, _, heard):
        await heard.hears("connection.reconnected")
        completed = await heard.hears("turn.completed")

        assert completed.data["status"] == "completed"
        assert len(b"".join(event.data["audio"] for event in heard.of("audio.output"))) == 20 * 480


async def test_a_new_question_breaks_off_the_answer_to_the_last_one():
    slowly = Reply(*[bytes(480)] * 20, pause_s=0.2)
    async with stage(stay, rest=thinks(speech=slowly)) as (_, _, provider, heard):
        await provider.send_text("one")
        await heard.hears("audio.output")
        await provider.send_text("two")
        await heard.hears("turn.completed", times=2)

        assert [event.data["status"] for event in heard.of("turn.completed")] == ["interrupted", "completed"]


async def test_listening_that_is_lost_is_told_with_its_component():
    async with stage(then_cut(), Refusal(500), stay) as (_, _, _, heard):
        told = await heard.hears("connection.reconnected")

        assert told.data["component"] == "stt"
        assert told.data["attempts"] == 2
        assert {event.data["component"] for event in heard.of("connection.reconnecting")} == {"stt"}


async def test_audio_of_an_outage_is_sent_after_it_in_order_and_once():
    async with stage(then_cut(), Refusal(500), stay) as (server, _, provider, heard):
        await heard.hears("connection.reconnecting")
        for n in range(60):
            await provider.send_audio(AudioChunk(frame(n)))
        second = await heard.hears("connection.reconnecting", times=2)
        await heard.hears("connection.reconnected")
        for n in range(60, 80):
            await provider.send_audio(AudioChunk(frame(n)))
            await asyncio.sleep(0.02)
        await until(lambda: len(heard_audio(server.peers[1])) >= 80 * FRAME_BYTES)
        await asyncio.sleep(2.0)

        assert second.data["buffered_audio_chunks"] == 60
        assert heard_audio(server.peers[1]) == b"".join(frame(n) for n in range(80))
        assert len(provider._audio_buffer) == 0


async def test_a_short_outage_leaves_an_empty_buffer_at_once():
    async with stage(then_cut(), stay) as (_, _, provider, heard):
        await heard.hears("connection.reconnecting")
        for n in range(10):
            await provider.send_audio(AudioChunk(frame(n)))
        await heard.hears("connection.reconnected")

        assert len(provider._audio_buffer) == 0


async def test_replayed_audio_is_not_much_faster_than_speech():
    async with stage(then_cut(), stay) as (server, _, provider, heard):
        await heard.hears("connection.reconnecting")
        for n in range(100):
            await provider.send_audio(AudioChunk(frame(n)))
        told = await heard.hears("connection.reconnected")
        await until(lambda: len(heard_audio(server.peers[1])) == 100 * FRAME_BYTES)

        # 2 s of audio, of which 0.5 s go out at once.
        assert told.timestamp is not None
        took_s = asyncio.get_running_loop().time() - told.timestamp
        assert took_s == pytest.approx((2.0 - 0.5) / 1.25, abs=0.1)


async def test_the_oldest_audio_falls_out_of_a_full_buffer_and_is_counted():
    async with stage(then_cut(), stay) as (server, _, provider, heard):
        await heard.hears("connection.reconnecting")
        for n in range(AUDIO_BUFFER_SIZE + 30):
            await provider.send_audio(AudioChunk(frame(n)))
        told = await heard.hears("connection.reconnected")
        await until(lambda: len(heard_audio(server.peers[1])) == AUDIO_BUFFER_SIZE * FRAME_BYTES)

        assert told.data["dropped_audio_chunks"] == 30
        assert heard_audio(server.peers[1]) == b"".join(frame(n) for n in range(30, 130))


async def test_audio_survives_a_second_loss_during_its_replay():
    async with stage(then_cut(), then_cut(0.6), stay) as (server, _, provider, heard):
        await heard.hears("connection.reconnecting")
        for n in range(100):
            await provider.send_audio(AudioChunk(frame(n)))
        await heard.hears("connection.reconnected", times=2)
        await until(lambda: not provider._audio_buffer)
        await asyncio.sleep(1.0)

        got = heard_audio(server.peers[1]) + heard_audio(server.peers[2])
        numbers = [int.from_bytes(got[n : n + 2], "little") for n in range(0, len(got), FRAME_BYTES)]
        assert all(b > a for a, b in itertools.pairwise(numbers))
        # What the kernel had taken when the link was cut cannot be known to be lost.
        assert len(numbers) >= 98


async def test_keep_alive_is_sent_in_silence():
    async def results_then_stay(peer: Peer) -> None:
        await peer.say(result("", speech_final=False))
        await peer.hear_on()

    async with stage(results_then_stay) as (server, _, _, _):
        await asyncio.sleep(21.0)

        assert server.peers[0].received == [{"type": "KeepAlive"}] * 5


async def test_a_stream_without_results_gets_some_silence_too():
    async with stage(stay) as (server, _, _, _):
        await asyncio.sleep(4.5)

        assert server.peers[0].received == [{"type": "KeepAlive"}, bytes(2 * 2 * 16000)]


async def test_no_keep_alive_is_sent_while_the_caller_speaks():
    async with stage(stay) as (server, _, provider, _):
        for n in range(500):
            await provider.send_audio(AudioChunk(frame(n)))
            await asyncio.sleep(0.02)

        assert all(isinstance(message, bytes) for message in server.peers[0].received)


async def test_an_empty_chunk_is_not_sent_since_it_would_close_the_stream():
    async with stage(stay) as (server, _, provider, _):
        await provider.send_audio(AudioChunk(b""))
        await provider.send_audio(AudioChunk(frame(1)))
        await until(lambda: bool(server.peers and server.peers[0].received))

        assert server.peers[0].received == [frame(1)]


@pytest.mark.parametrize("message", ["not json", "[]", '{"type": "Results"}', b"\xff\xfe"])
async def test_a_message_that_cannot_be_read_is_told_as_an_error(message):
    async def garble(peer: Peer) -> None:
        await peer.say(message)
        await peer.say({"type": "SpeechStarted", "timestamp": 0.1})
        await peer.hear_on()

    async with stage(garble) as (_, _, _, heard):
        await heard.hears("speech.started")

        assert [event.data["code"] for event in heard.of("error")] == ["unreadable_message"]
        assert heard.connection_story == []


async def test_the_31_seconds_end_in_failure_with_its_component():
    async with stage(stay) as (server, _, provider, heard):
        await server.stop()
        failed = await heard.hears("connection.failed")

        assert failed.data["component"] == "stt"
        assert failed.data["attempts"] == 5
        assert [event.data["backoff_delay"] for event in heard.of("connection.reconnecting")] == [1, 2, 4, 8, 16]
        assert provider.state is SessionState.ERROR


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_refused_key_ends_the_outage_with_the_servers_words(status):
    body = {"err_code": "INVALID_AUTH", "err_msg": f"Invalid credentials {KEYS[0]}.", "request_id": "r"}
    async with stage(then_cut(), Refusal(status, body=body)) as (server, _, _, heard):
        failed = await heard.hears("connection.failed")

        assert len(server.attempts_s) == 2
        assert "Invalid credentials" in failed.data["reason"]
        assert KEYS[0] not in failed.data["reason"]


async def test_a_429_without_a_time_follows_the_schedule():
    async with stage(then_cut(), Refusal(429), stay) as (_, _, _, heard):
        await heard.hears("connection.reconnected")

        assert [event.data["backoff_delay"] for event in heard.of("connection.reconnecting")] == [1, 2]


async def test_a_refused_first_connection_makes_connect_raise():
    async with ScriptedServer(Refusal(401, {"dg-error": "Invalid credentials."})) as server:
        provider = create_deepgram_provider(*KEYS, deepgram_stt_url=server.url)
        with pytest.raises(ConnectionFailed, match=r"HTTP 401 at the upgrade: Invalid credentials\.") as raised:
            await provider.connect(CONFIG)

        assert raised.value.cause.status == 401


async def test_disconnect_breaks_off_an_answer_and_leaves_nothing():
    before = asyncio.all_tasks()
    slowly = Reply(*[bytes(480)] * 100, pause_s=1.0)
    async with stage(stay, rest=thinks(speech=slowly)) as (_, _, provider, heard):
        await provider.send_text("one")
        await heard.hears("audio.output")
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await provider.disconnect()

        assert loop.time() - began_s < 3
    await until(lambda: len(asyncio.all_tasks()) <= len(before))


async def test_the_stream_is_closed_in_deepgrams_own_words():
    async with stage(stay) as (server, _, provider, _):
        await until(lambda: bool(server.peers))
        await provider.disconnect()

        assert server.peers[0].received == [{"type": "CloseStream"}]
