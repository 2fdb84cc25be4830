"""Reconnecting, from the application's seat: each provider against the mock server of its vendor.

pytest tests/test_auto_reconnection.py -v
pytest tests/test_auto_reconnection.py::TestGeminiAutoReconnection -v
python3 tests/test_auto_reconnection.py
"""

from __future__ import annotations

import asyncio
import itertools
import struct
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

# Run as a program, this file finds the packages of the project it lies in.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.faults.embedded import EmbeddedServer
from harness.faults.proxy import Proxy, ToxicSpec
from mock_servers.base.conversation import Conversation
from mock_servers.base.observer import Received, Seen, Sent
from mock_servers.base.protocol import Vendor
from mock_servers.base.server import MockServer
from mock_servers.base.trouble import (
    CloseConnection,
    FailResponse,
    GoAway,
    ProviderError,
    RateLimited,
    RefuseResume,
    RefuseUpgrade,
    Stall,
)  # fmt: skip
from mock_servers.deepgram import Deepgram
from mock_servers.gemini_live import GeminiLive
from mock_servers.openai_realtime import OpenAIRealtime
from providers import deepgram, gemini, openai
from providers.base import AudioChunk, BaseProvider, NotConnected, SessionConfig, SessionState
from providers.deepgram import AUDIO_BUFFER_SIZE, DeepgramSegmentedProvider
from providers.gemini import GeminiLiveProvider
from providers.openai import OpenAIRealtimeProvider
from providers.reconnect import Policy, delays
from tests.support.listener import Listener
from tests.support.scripted_server import until

KEY = "sk-deadair-0123456789abcdef"
TOOL = {"name": "weather", "description": "Tells the weather.", "parameters": {"type": "object", "properties": {}}}
ALL = ("gemini-live", "openai-realtime", "deepgram")
RATE_HZ = {"gemini-live": 16_000, "openai-realtime": 24_000, "deepgram": 16_000}

VENDORS: Mapping[str, Callable[[Conversation], Vendor]] = {
    "gemini-live": GeminiLive,
    "openai-realtime": OpenAIRealtime,
    "deepgram": Deepgram,
}


def provider_at(name: str, port: int) -> Any:
    socket, rest = f"ws://127.0.0.1:{port}", f"http://127.0.0.1:{port}"
    match name:
        case "gemini-live":
            return GeminiLiveProvider(KEY, websocket_url=socket)
        case "openai-realtime":
            return OpenAIRealtimeProvider(KEY, websocket_url=socket)
    return DeepgramSegmentedProvider(KEY, KEY, deepgram_stt_url=socket, deepgram_tts_url=rest, gemini_api_url=rest)


def config_of(name: str) -> SessionConfig:
    voice = {"gemini-live": "Puck", "openai-realtime": "marin"}.get(name)
    return SessionConfig(
        sample_rate=RATE_HZ[name],
        system_prompt="You are a patient assistant.",
        temperature=0.4,
        tools=(TOOL,),
        metadata={"voice": voice} if voice else {},
    )


class Caller:
    """Speaks position-coded audio: each 8 bytes tell their own place in everything that was said."""

    def __init__(self, provider: BaseProvider, rate_hz: int) -> None:
        self._provider = provider
        self._words_a_frame = rate_hz * 2 // 50 // 8
        self.position = 0

    async def frame(self) -> None:
        first, self.position = self.position, self.position + self._words_a_frame
        speech = b"".join(struct.pack("<HBBI", 0xD6A5, 1, 0, index) for index in range(first, self.position))
        await self._provider.send_audio(AudioChunk(speech))

    async def speak(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            await self.frame()
            await asyncio.sleep(0.02)

    async def pause(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            await self._provider.send_audio(AudioChunk(bytes(self._words_a_frame * 8)))
            await asyncio.sleep(0.02)


class Call:
    """A provider in a call with its vendor's mock, and everything that each of them saw."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[Seen] = []
        self._vendor = VENDORS[name](Conversation(seed=1))
        self.server = MockServer(self._vendor, observer=self.seen.append)
        self.provider: Any = None
        self.heard: Any = None
        self.caller: Any = None

    async def begin(self) -> None:
        await self.server.start()
        self.reach_it_at(self.server.port)

    def reach_it_at(self, port: int) -> None:
        self.provider = provider_at(self.name, port)
        self.heard = Listener(self.provider, config_of(self.name))
        self.caller = Caller(self.provider, RATE_HZ[self.name])

    def cut(self, code: int | None = 1011) -> None:
        self.server.trouble(CloseConnection(code=code), on="live", times=1)

    async def go_down(self) -> None:
        await self.server.aclose()

    async def come_back(self) -> None:
        self.server = MockServer(self._vendor, port=self.server.port, observer=self.seen.append)
        await self.server.start()

    def received(self, name: str) -> list[Received]:
        return [seen for seen in self.seen if isinstance(seen, Received) and seen.name == name]

    def sent(self, name: str) -> list[Sent]:
        return [seen for seen in self.seen if isinstance(seen, Sent) and seen.name == name]

    def positions(self) -> list[int]:
        """The places of the caller's speech, in the order in which the server heard them."""
        audio = b"".join(seen.audio for seen in self.seen if isinstance(seen, Received))
        words = (struct.unpack_from("<HBBI", audio, at) for at in range(0, len(audio) - 7, 8))
        return [index for magic, stream, _, index in words if magic == 0xD6A5 and stream == 1]


@asynccontextmanager
async def calling(name: str) -> AsyncIterator[Call]:
    call = Call(name)
    await call.begin()
    try:
        async with call.heard:
            yield call
    finally:
        await call.server.aclose()


@asynccontextmanager
async def behind_a_proxy(name: str) -> AsyncIterator[tuple[Call, Proxy]]:
    """A call whose connection leads through a fault proxy."""
    call = Call(name)
    await call.begin()
    faults = EmbeddedServer()
    try:
        proxy = await faults.create("line", ("127.0.0.1", call.server.port))
        call.reach_it_at(proxy.listen[1])
        async with call.heard:
            yield call, proxy
    finally:
        await faults.aclose()
        await call.server.aclose()


class TestConstants:
    @pytest.mark.parametrize("module", [gemini, openai, deepgram])
    def test_five_attempts_are_made(self, module):
        assert module.MAX_RECONNECT_ATTEMPTS == 5

    @pytest.mark.parametrize("module", [gemini, openai, deepgram])
    def test_the_first_wait_is_one_second(self, module):
        assert module.INITIAL_BACKOFF_DELAY == 1.0

    def test_deepgram_keeps_a_hundred_chunks(self):
        provider = DeepgramSegmentedProvider(KEY, KEY)

        assert AUDIO_BUFFER_SIZE == 100
        assert provider._audio_buffer.maxlen == 100


class TestBackoffSchedule:
    def test_the_waits_double_and_take_31_seconds(self):
        schedule = delays(Policy(attempts=openai.MAX_RECONNECT_ATTEMPTS, first_delay_s=openai.INITIAL_BACKOFF_DELAY))

        assert schedule == (1.0, 2.0, 4.0, 8.0, 16.0)
        assert sum(schedule) == 31.0

    @pytest.mark.parametrize("name", ALL)
    async def test_the_schedule_is_kept_by_the_clock(self, name):
        async with calling(name) as call:
            await call.go_down()
            await call.heard.hears("connection.failed")

            times = [event.timestamp for event in call.heard.of("connection.reconnecting")]
            times.append(call.heard.of("connection.failed")[0].timestamp)
            waits = [later - earlier for earlier, later in itertools.pairwise(times)]
            assert waits == pytest.approx([1, 2, 4, 8, 16], abs=0.05)

    @pytest.mark.parametrize("name", ALL)
    async def test_a_server_that_accepts_and_hangs_up_is_not_called_forever(self, name):
        async with calling(name) as call:
            call.server.trouble(CloseConnection(code=1011), on="all", times=50)
            await call.heard.hears("connection.failed")

            assert [event.data["attempt"] for event in call.heard.of("connection.reconnecting")] == [1, 2, 3, 4, 5]


class TestGeminiAutoReconnection:
    async def test_a_lost_connection_comes_back(self):
        async with calling("gemini-live") as call:
            call.cut()
            told = await call.heard.hears("connection.reconnected")

            assert told.data["attempts"] == 1
            assert call.provider.state is SessionState.ACTIVE

    async def test_the_session_is_gone_on_with_by_its_handle(self):
        async with calling("gemini-live") as call:
            await call.provider.send_text("Hello.")
            await until(lambda: call.provider._resumption_handle is not None)
            handle = call.provider._resumption_handle
            call.cut()
            told = await call.heard.hears("connection.reconnected")

            assert told.data["resumed"] is True
            assert call.received("setup")[1].body["sessionResumption"]["handle"] == handle

    async def test_a_refused_handle_is_given_up_for_a_new_session(self):
        async with calling("gemini-live") as call:
            await call.provider.send_text("Hello.")
            await until(lambda: call.provider._resumption_handle is not None)
            call.server.trouble(RefuseResume(), times=1)
            call.cut()
            told = await call.heard.hears("connection.reconnected")

            assert told.data["resumed"] is False
            assert told.data["attempts"] == 2

    async def test_a_warning_is_followed_by_a_move_and_no_outage(self):
        async with calling("gemini-live") as call:
            await call.provider.send_text("Hello.")
            await call.heard.hears("turn.completed")
            await until(lambda: call.provider._resumption_handle is not None)
            call.server.trouble(GoAway(time_left_s=10.0), on="live", times=1)
            told = await call.heard.hears("session.updated")

            assert told.data["resumed"] is True
            await asyncio.sleep(12)
            assert call.heard.connection_story == []
            assert len(call.server.live) == 1

    async def test_speech_during_a_move_arrives_once_and_whole(self):
        async with calling("gemini-live") as call:
            call.server.trouble(GoAway(time_left_s=6.0), on="live", times=1)
            await call.caller.speak(8.0)
            await asyncio.sleep(2.0)

            assert call.positions() == list(range(call.caller.position))
            assert call.heard.connection_story == []


class TestOpenAIAutoReconnection:
    async def test_a_lost_connection_comes_back(self):
        async with calling("openai-realtime") as call:
            call.cut()
            await call.heard.hears("connection.reconnected")

            assert call.provider.state is SessionState.ACTIVE

    @pytest.mark.parametrize("code", [1000, 1001, None, 1011])
    async def test_every_close_that_nobody_asked_for_is_a_loss(self, code):
        async with calling("openai-realtime") as call:
            call.cut(code)
            await call.heard.hears("connection.reconnected")

    async def test_a_new_session_has_a_new_id(self):
        async with calling("openai-realtime") as call:
            first = call.provider._session_id
            call.cut()
            await call.heard.hears("connection.reconnected")

            assert first is not None
            assert call.provider._session_id not in (None, first)

    async def test_the_conversation_is_said_again(self):
        async with calling("openai-realtime") as call:
            await call.provider.send_text("Hello.")
            answer = (await call.heard.hears("text.output")).data["text"]
            await call.heard.hears("turn.completed")
            call.cut()
            await call.heard.hears("connection.reconnected")

            items = [seen.body["item"] for seen in call.received("conversation.item.create")][1:]
            assert [item["content"][0]["text"] for item in items] == ["Hello.", answer]

    async def test_an_error_event_ends_nothing(self):
        async with calling("openai-realtime") as call:
            call.server.trouble(ProviderError(code="server_error"), on="live", times=1)
            await call.heard.hears("error")
            await call.provider.send_text("Are you still there?")
            await call.heard.hears("turn.completed")

            assert call.heard.connection_story == []


class TestDeepgramAutoReconnection:
    async def test_a_lost_connection_comes_back(self):
        async with calling("deepgram") as call:
            call.cut()
            told = await call.heard.hears("connection.reconnected")

            assert told.data["component"] == "stt"

    async def test_an_answer_is_given_while_listening_is_lost(self):
        async with calling("deepgram") as call:
            call.server.trouble(Stall(phase="upgrade"), on="next", times=1)
            call.cut()
            await call.heard.hears("connection.reconnecting")
            await call.provider.send_text("Hello.")
            told = await call.heard.hears("turn.completed")

            assert told.data["status"] == "completed"
            assert call.heard.of("audio.output")

    async def test_a_caller_is_understood_and_answered_after_a_loss(self):
        async with calling("deepgram") as call:
            call.cut()
            await call.heard.hears("connection.reconnected")
            await call.caller.speak(2.0)
            await call.caller.pause(3.0)
            await call.heard.hears("turn.completed")

            assert call.heard.of("transcription")
            assert call.heard.of("audio.output")


class TestAudioBuffering:
    async def test_speech_of_an_outage_arrives_in_order_and_once(self):
        async with calling("deepgram") as call:
            await call.caller.speak(1.0)
            call.cut()
            await call.caller.speak(4.0)
            await asyncio.sleep(6.0)

            positions = call.positions()
            assert positions == sorted(set(positions))
            assert len(call.provider._audio_buffer) == 0
            # A wait of one second fits into the buffer; at most a frame was on its way when the connection was cut.
            assert call.caller.position - len(positions) <= 2 * call.caller._words_a_frame

    async def test_what_does_not_fit_is_counted_and_told(self):
        async with calling("deepgram") as call:
            await call.go_down()
            await call.heard.hears("connection.reconnecting")
            for _ in range(AUDIO_BUFFER_SIZE + 25):
                await call.caller.frame()
            await call.come_back()
            told = await call.heard.hears("connection.reconnected")
            await until(lambda: not call.provider._audio_buffer)

            assert told.data["dropped_audio_chunks"] == 25

    @pytest.mark.parametrize("name", ["gemini-live", "openai-realtime"])
    async def test_speech_to_speech_drops_what_nobody_hears_and_counts_it(self, name):
        async with calling(name) as call:
            call.cut()
            await call.heard.hears("connection.reconnecting")
            for _ in range(9):
                await call.caller.frame()
            told = await call.heard.hears("connection.reconnected")

            assert told.data["dropped_audio_chunks"] == 9


class TestRateLimits:
    @pytest.mark.parametrize("form", ["header-seconds", "header-date", "header-ms"])
    @pytest.mark.parametrize("wait_s", [3.0, 20.0])
    async def test_the_next_attempt_is_not_before_the_time_that_the_server_said(self, form, wait_s):
        async with calling("openai-realtime") as call:
            call.server.trouble(RefuseUpgrade(status=429, retry_after_s=wait_s, form=form), on="next", times=1)
            call.cut()
            told = await call.heard.hears("connection.reconnected")

            limited = call.heard.of("connection.reconnecting")[1]
            assert told.timestamp - limited.timestamp >= wait_s
            assert limited.data["rate_limit_wait"] == pytest.approx(wait_s, abs=1.1)
            assert limited.data["backoff_delay"] == 1.0
            assert told.data["attempts"] == 1

    async def test_without_a_hint_a_minute_is_waited(self):
        async with calling("openai-realtime") as call:
            call.server.trouble(RefuseUpgrade(status=429, form="none"), on="next", times=1)
            call.cut()
            told = await call.heard.hears("connection.reconnected", within_s=300)

            assert told.timestamp - call.heard.of("connection.reconnecting")[1].timestamp >= 60.0

    async def test_a_limit_within_the_session_is_kept_in_mind(self):
        async with calling("openai-realtime") as call:
            call.server.trouble(RateLimited(retry_after_s=15.0), on="live", times=1)
            await call.provider.send_text("Hello.")
            await call.heard.hears("error")
            now_s = asyncio.get_running_loop().time()

            assert call.provider._rate_limit_reset_time == pytest.approx(now_s + 15.0, abs=0.5)

    async def test_a_failed_response_is_told(self):
        async with calling("openai-realtime") as call:
            call.server.trouble(FailResponse(code="server_error"), on="live", times=1)
            await call.provider.send_text("Hello.")
            await call.heard.hears("error")

            assert (await call.heard.hears("turn.completed")).data["status"] == "failed"


class TestReconnectionEvents:
    @pytest.mark.parametrize("name", ALL)
    async def test_an_outage_is_told_from_its_beginning_to_its_end(self, name):
        async with calling(name) as call:
            call.server.trouble(RefuseUpgrade(status=503), on="next", times=2)
            call.cut()
            told = await call.heard.hears("connection.reconnected")

            assert call.heard.connection_story == ["connection.reconnecting"] * 3 + ["connection.reconnected"]
            attempts = [(e.data["attempt"], e.data["backoff_delay"]) for e in call.heard.of("connection.reconnecting")]
            assert attempts == [(1, 1.0), (2, 2.0), (3, 4.0)]
            assert told.data["attempts"] == 3

    @pytest.mark.parametrize("name", ALL)
    async def test_the_failure_is_told_once_and_last_with_its_cause(self, name):
        async with calling(name) as call:
            await call.go_down()
            failed = await call.heard.hears("connection.failed")
            await until(lambda: call.heard.has_ended)

            assert failed.data["attempts"] == 5
            assert "refused" in failed.data["reason"]
            assert call.heard.kinds[-1] == "connection.failed"
            assert len(call.heard.of("connection.failed")) == 1

    @pytest.mark.parametrize("status", [401, 402, 403])
    @pytest.mark.parametrize("name", ALL)
    async def test_a_refusal_for_good_is_not_tried_again(self, name, status):
        async with calling(name) as call:
            call.server.trouble(RefuseUpgrade(status=status), on="next")
            call.cut()
            failed = await call.heard.hears("connection.failed")

            assert failed.data["attempts"] == 1
            assert f"HTTP {status}" in failed.data["reason"]


class TestConnectionHealth:
    @pytest.mark.parametrize("name", ALL)
    async def test_the_health_follows_the_connection(self, name):
        async with calling(name) as call:
            assert call.provider._connection_healthy is True
            await call.go_down()
            await call.heard.hears("connection.reconnecting")

            assert call.provider._connection_healthy is False
            assert call.provider._is_reconnecting is True
            assert call.provider._reconnect_attempts == 1
            await call.come_back()
            await call.heard.hears("connection.reconnected")
            assert call.provider._connection_healthy is True
            assert call.provider._is_reconnecting is False
            assert call.provider._reconnect_attempts == 0

    async def test_deepgram_tells_the_health_of_listening(self):
        async with calling("deepgram") as call:
            assert call.provider._stt_connection_healthy is True
            await call.caller.speak(2.0)
            heard_s = call.provider._last_stt_message_time
            assert heard_s > 0
            await call.go_down()
            await call.heard.hears("connection.reconnecting")

            assert call.provider._stt_connection_healthy is False

    @pytest.mark.parametrize("name", ALL)
    @pytest.mark.parametrize("speaks", [True, False])
    async def test_a_link_on_which_nothing_passes_any_more_is_noticed_within_15_seconds(self, name, speaks):
        async with behind_a_proxy(name) as (call, proxy):
            loop = asyncio.get_running_loop()
            await asyncio.sleep(5.0)
            began_s = loop.time()
            for stream in ("upstream", "downstream"):
                await proxy.add_toxic(ToxicSpec(name=stream, type="timeout", stream=stream, attributes={"timeout": 0}))
            speaking = asyncio.create_task(call.caller.speak(20.0 if speaks else 0.0))
            lost = await call.heard.hears("connection.reconnecting")
            await proxy.remove_toxic("upstream")
            await proxy.remove_toxic("downstream")
            healed_s = loop.time()
            await call.heard.hears("connection.reconnected")

            assert lost.timestamp - began_s <= 15
            assert loop.time() - healed_s <= 2
            await speaking


class TestSessionStatePreservation:
    async def test_gemini_asks_for_the_same_session_again(self):
        async with calling("gemini-live") as call:
            call.cut()
            await call.heard.hears("connection.reconnected")

            first, second = (dict(seen.body) for seen in call.received("setup"))
            assert first.pop("sessionResumption") == {}
            second.pop("sessionResumption")
            assert first == second
            assert first["systemInstruction"]["parts"][0]["text"] == "You are a patient assistant."
            assert first["tools"][0]["functionDeclarations"][0]["name"] == "weather"
            assert first["generationConfig"]["temperature"] == 0.4

    async def test_openai_asks_for_the_same_session_again(self):
        async with calling("openai-realtime") as call:
            call.cut()
            await call.heard.hears("connection.reconnected")

            first, second = (seen.body["session"] for seen in call.received("session.update"))
            assert first == second
            assert first["instructions"] == "You are a patient assistant."
            assert first["tools"][0]["name"] == "weather"
            assert first["audio"]["output"]["voice"] == "marin"

    async def test_openai_sends_the_configuration_before_any_audio(self):
        async with calling("openai-realtime") as call:
            call.cut()
            await call.caller.speak(3.0)
            await call.heard.hears("connection.reconnected")

            last = max(seen.connection for seen in call.received("session.update"))
            names = [s.name for s in call.seen if isinstance(s, Received) and s.connection == last]
            assert names[0] == "session.update"
            assert "input_audio_buffer.append" in names

    async def test_deepgram_keeps_what_was_said(self):
        async with calling("deepgram") as call:
            await call.provider.send_text("Hello.")
            await call.heard.hears("turn.completed")
            before = list(call.provider._conversation_history)
            call.cut()
            await call.heard.hears("connection.reconnected")
            await call.provider.send_text("And now?")
            await call.heard.hears("turn.completed", times=2)

            assert len(before) == 2
            contents = call.received("generateContent")[1].body["contents"]
            assert [content["parts"][0]["text"] for content in contents] == [m.text for m in before] + ["And now?"]

    @pytest.mark.parametrize("name", ALL)
    async def test_the_configuration_itself_is_untouched(self, name):
        async with calling(name) as call:
            call.cut()
            await call.heard.hears("connection.reconnected")

            assert call.provider._config == config_of(name)


class TestDisconnectBehavior:
    @pytest.mark.parametrize("name", ALL)
    async def test_disconnect_starts_no_reconnection(self, name):
        async with calling(name) as call:
            await call.provider.disconnect()
            await asyncio.sleep(60)

            assert call.provider.state is SessionState.DISCONNECTED
            assert call.provider._should_reconnect is False
            assert call.heard.connection_story == []
            assert call.heard.has_ended
            assert call.server.live == ()

    @pytest.mark.parametrize("name", ALL)
    @pytest.mark.parametrize("attempt", [1, 3, 5])
    async def test_disconnect_in_a_backoff_is_immediate_and_final(self, name, attempt):
        async with calling(name) as call:
            await call.go_down()
            await call.heard.hears("connection.reconnecting", times=attempt)
            loop = asyncio.get_running_loop()
            began_s = loop.time()
            await call.provider.disconnect()

            assert loop.time() - began_s < 0.1
            await call.come_back()
            await asyncio.sleep(60)
            assert call.server.live == ()
            assert len(call.heard.of("connection.reconnecting")) == attempt

    @pytest.mark.parametrize("name", ALL)
    @pytest.mark.parametrize("phase", ["tcp", "upgrade", "ready"])
    async def test_disconnect_from_a_stalled_attempt_takes_less_than_three_seconds(self, name, phase):
        async with calling(name) as call:
            call.server.trouble(Stall(phase=phase), on="next")
            call.cut()
            await call.heard.hears("connection.reconnecting")
            await asyncio.sleep(2.5)
            loop = asyncio.get_running_loop()
            began_s = loop.time()
            await call.provider.disconnect()

            assert loop.time() - began_s < 3
            assert call.provider.state is SessionState.DISCONNECTED

    @pytest.mark.parametrize("name", ALL)
    async def test_nothing_can_be_sent_afterwards(self, name):
        async with calling(name) as call:
            await call.provider.disconnect()

            with pytest.raises(NotConnected):
                await call.caller.frame()
            with pytest.raises(NotConnected):
                await call.provider.send_text("Hello?")

    @pytest.mark.parametrize("name", ALL)
    async def test_no_task_is_left(self, name):
        before = len(asyncio.all_tasks())
        async with calling(name) as call:
            call.cut()
            await call.heard.hears("connection.reconnected")
        await until(lambda: len(asyncio.all_tasks()) <= before)


class _Tally:
    """Counts what passed, class by class."""

    def __init__(self) -> None:
        self.passed: dict[str, int] = {}
        self.failed: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.failed:
            tally = self.passed if report.passed else self.failed
            name = report.nodeid.split("::")[1]
            tally[name] = tally.get(name, 0) + 1


def main() -> int:
    """Run every test, and say in a line for each class what it covers."""
    tally = _Tally()
    # Run as a program, this file has imported faker before pytest looks for plugins, and faker brings one.
    imported = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
    code = pytest.main([__file__, "-q", "--no-header", "-p", "no:cacheprovider", "-W", imported], plugins=[tally])
    print("\nAutomatic reconnection, each provider against the mock server of its vendor:")
    for name in dict.fromkeys([*tally.passed, *tally.failed]):
        failed = tally.failed.get(name, 0)
        print(f"  {name:<32} {tally.passed.get(name, 0):>3} passed" + (f", {failed} FAILED" if failed else ""))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
