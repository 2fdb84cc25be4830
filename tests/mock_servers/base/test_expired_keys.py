"""Keys that are not taken any more: each vendor says so in its own way, and what is open goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from mock_servers.base.conversation import Conversation
from mock_servers.base.observer import Opened, Refused, Seen
from mock_servers.base.server import MockServer
from mock_servers.base.trouble import ExpireKeys, Unsupported
from mock_servers.base.written_trouble import read_trouble, write_trouble
from mock_servers.deepgram import Deepgram
from mock_servers.gemini_live import GeminiLive
from mock_servers.openai_realtime import OpenAIRealtime
from mock_servers.openai_realtime.settings import Settings as OpenAISettings
from tests.support.parrot import Parrot

OLD, NEW = "sk-old", "sk-new"
GEMINI_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
VERTEX_PATH = "/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent"


@asynccontextmanager
async def openai(server: MockServer, key: str) -> AsyncIterator[ClientConnection]:
    url = f"ws://127.0.0.1:{server.port}/v1/realtime?model=gpt-realtime"
    async with connect(url, additional_headers={"Authorization": f"Bearer {key}"}, proxy=None) as websocket:
        yield websocket


@asynccontextmanager
async def gemini(server: MockServer, key: str, path: str = GEMINI_PATH) -> AsyncIterator[ClientConnection]:
    url = f"ws://127.0.0.1:{server.port}{path}"
    async with connect(url, additional_headers={"x-goog-api-key": key}, proxy=None) as websocket:
        await websocket.send(json.dumps({"setup": {"model": "models/gemini-live"}}))
        yield websocket


@asynccontextmanager
async def deepgram(server: MockServer, key: str) -> AsyncIterator[ClientConnection]:
    url = f"ws://127.0.0.1:{server.port}/v1/listen?model=nova-3"
    async with connect(url, additional_headers={"Authorization": f"Token {key}"}, proxy=None) as websocket:
        yield websocket


async def ending(websocket: ClientConnection) -> tuple[int, str]:
    """The close frame with which the server ends this, within a second."""
    await asyncio.wait_for(websocket.wait_closed(), 1)
    return websocket.close_code or 0, websocket.close_reason or ""


async def test_openai_lets_in_and_says_that_the_key_is_wrong() -> None:
    async with MockServer(OpenAIRealtime(Conversation())) as server:
        server.trouble(ExpireKeys(keys=(OLD,)))
        async with openai(server, OLD) as websocket:
            error = json.loads(await websocket.recv())["error"]

            assert (error["code"], OLD in error["message"]) == ("invalid_api_key", False)
            assert await ending(websocket) == (3000, "invalid_request_error.invalid_api_key")


async def test_openais_gateways_answer_401() -> None:
    vendor = OpenAIRealtime(Conversation(), settings=OpenAISettings(auth_failure="http"))
    async with MockServer(vendor) as server:
        server.trouble(ExpireKeys(keys=(OLD,)))
        with pytest.raises(InvalidStatus) as refused:
            async with openai(server, OLD):
                pass

    assert refused.value.response.status_code == 401


async def test_gemini_lets_in_and_closes() -> None:
    async with MockServer(GeminiLive(Conversation())) as server:
        server.trouble(ExpireKeys(keys=(OLD,)))
        async with gemini(server, OLD) as websocket:
            assert await ending(websocket) == (1007, "API key expired. Please renew the API key.")


async def test_vertex_wants_another_token() -> None:
    async with MockServer(GeminiLive(Conversation())) as server:
        server.trouble(ExpireKeys(keys=(OLD,)))
        async with gemini(server, OLD, VERTEX_PATH) as websocket:
            code, reason = await ending(websocket)

    assert (code, reason.startswith("Request had invalid authentication credentials.")) == (1008, True)


async def test_deepgram_answers_401() -> None:
    async with MockServer(Deepgram(Conversation())) as server:
        server.trouble(ExpireKeys(keys=(OLD,)))
        with pytest.raises(InvalidStatus) as refused:
            async with deepgram(server, OLD):
                pass

    response = refused.value.response
    assert (response.status_code, json.loads(response.body or b"")["err_code"]) == (401, "INVALID_AUTH")


CALLS: dict[str, tuple[Any, str, dict[str, str], int]] = {
    "openai": (OpenAIRealtime, "/v1/realtime/client_secrets", {"Authorization": f"Bearer {OLD}"}, 401),
    "gemini": (GeminiLive, "/v1alpha/auth_tokens", {"x-goog-api-key": OLD}, 400),
    "deepgram": (Deepgram, "/v1/speak?model=aura-2-thalia-en", {"Authorization": f"Token {OLD}"}, 401),
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_with_an_expired_key_is_refused(name: str) -> None:
    vendor, path, headers, status = CALLS[name]
    async with (
        MockServer(vendor(Conversation())) as server,
        httpx.AsyncClient(trust_env=False, headers=headers) as http,
    ):
        url = f"http://127.0.0.1:{server.port}{path}"
        before = (await http.post(url, json={"text": "hello"} if name == "deepgram" else {})).status_code
        server.trouble(ExpireKeys(keys=(OLD,)))
        after = (await http.post(url, json={"text": "hello"} if name == "deepgram" else {})).status_code

    assert (before, after) == (200, status)


async def test_the_language_model_beside_deepgram_has_keys_of_its_own() -> None:
    async with (
        MockServer(Deepgram(Conversation(reply_after_s=0.0))) as server,
        httpx.AsyncClient(trust_env=False, headers={"x-goog-api-key": OLD}) as http,
    ):
        server.trouble(ExpireKeys(keys=(OLD,)))
        url = f"http://127.0.0.1:{server.port}/v1beta/models/gemini-2.5-flash:generateContent"
        answer = await http.post(url, json={"contents": [{"role": "user", "parts": [{"text": "hello"}]}]})

    assert answer.status_code == 200


async def test_what_is_open_goes_on_when_its_key_expires() -> None:
    async with MockServer(Deepgram(Conversation())) as server, deepgram(server, OLD) as websocket:
        server.trouble(ExpireKeys(keys=(OLD,)))
        await websocket.send(json.dumps({"type": "CloseStream"}))

        assert json.loads(await websocket.recv())["type"] == "Metadata"


async def test_another_key_is_taken() -> None:
    async with MockServer(Deepgram(Conversation())) as server:
        server.trouble(ExpireKeys(keys=(OLD,)))
        async with deepgram(server, NEW):
            pass

        assert server.troubles[0].hits == 0


async def test_a_lifted_expiry_lets_the_key_in_again() -> None:
    async with MockServer(Deepgram(Conversation())) as server:
        await server.trouble(ExpireKeys(keys=(OLD,))).lift()
        async with deepgram(server, OLD) as websocket:
            await websocket.ping()


async def test_observers_are_told_the_number_of_a_key_and_not_the_key() -> None:
    seen: list[Seen] = []
    numbers = {OLD: 1, NEW: 2}
    async with MockServer(Deepgram(Conversation()), observer=seen.append, key_number=numbers.get) as server:
        server.trouble(ExpireKeys(keys=(OLD,)))
        with pytest.raises(InvalidStatus):
            async with deepgram(server, OLD):
                pass
        async with deepgram(server, NEW):
            pass

    assert [(type(each), each.key) for each in seen if isinstance(each, Opened | Refused)] == [
        (Refused, 1),
        (Opened, 2),
    ]
    assert not [each for each in seen if OLD in repr(each) or NEW in repr(each)]


async def test_a_server_that_knows_no_keys_says_so() -> None:
    async with MockServer(Parrot()) as server:
        with pytest.raises(Unsupported, match="parrot knows no keys that could expire"):
            server.trouble(ExpireKeys(keys=(OLD,)))


def test_an_expiry_is_ordered_in_json() -> None:
    assert read_trouble({"expire_keys": {"keys": [OLD]}}) == ExpireKeys(keys=(OLD,))
    assert write_trouble(ExpireKeys(keys=(OLD,))) == {"expire_keys": {"keys": (OLD,)}}


def test_an_expiry_does_not_show_the_keys_in_a_log() -> None:
    assert OLD not in repr(ExpireKeys(keys=(OLD,)))
