"""The doors to Gemini beside the Live API's usual one: its versions, Vertex, ephemeral tokens, and REST."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials
from websockets.exceptions import InvalidStatus

from mock_servers.base.conversation import Conversation
from tests.sdk.gemini_faults import ended
from tests.sdk.gemini_hands import KEY, MODEL, Caller, client, dialled, live, next_turn, writes
from tests.sdk.gemini_sessions import handle_of
from tests.sdk.witness import There, capability

__all__ = ["vertex_by_project"]

REST_MODEL = "gemini-2.5-flash"
SCRIPT = Conversation(seed=0)
WEATHER = {"name": "weather", "parameters": {"type": "OBJECT", "properties": {"city_name": {"type": "STRING"}}}}


# Versions of the API.


def _talks_to(name: str, api_version: str | None, path: Callable[[There], str]) -> None:
    @live(name)
    async def talks_to(there: There) -> None:
        async with dialled(there, caller=client(there, api_version=api_version)) as session:
            await writes(session, "hello")
            turn = await next_turn(session)
            (number,) = await there.connections()

        account = await there.ledger(number)
        assert turn.text
        assert account["path"].lstrip("/") == path(there)


def _live_path(version: str) -> str:
    return f"ws/google.ai.generativelanguage.{version}.GenerativeService.BidiGenerateContent"


def _default_version(there: There) -> str:
    """v1 since 3.0.0, before that v1beta."""
    return "v1" if int(there.version.split(".")[0]) >= 3 else "v1beta"


_talks_to("the version of its own", None, lambda there: _live_path(_default_version(there)))
for _version in ("v1", "v1beta", "v1alpha"):
    _talks_to(_version, _version, lambda there, version=_version: _live_path(version))  # type: ignore[misc]


@live("no such version")
async def no_such_version(there: There) -> None:
    try:
        async with dialled(there, caller=client(there, api_version="v9")):
            raise AssertionError("v9 was served")
    except InvalidStatus as error:
        seen = error

    assert seen.response.status_code == 404


# Vertex.


def _vertex(there: There, **who: Any) -> genai.Client:
    options = types.HttpOptions() if there.production else types.HttpOptions(base_url=there.http_url)
    return genai.Client(vertexai=True, http_options=options, **who)


def vertex_by_key(there: There) -> genai.Client:
    """Express mode: an API key, no project."""
    return _vertex(there, api_key=KEY)


def vertex_by_project(there: There) -> genai.Client:
    return _vertex(there, project="a-project", location="us-central1", credentials=Credentials(token="a-token"))


def _by_gateway(there: There) -> genai.Client:
    """An address that the SDK takes word for word, and headers in which the gateway's credentials travel."""
    host = "wss://us-central1-aiplatform.googleapis.com" if there.production else there.url
    address = f"{host}/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent"
    headers = {"Authorization": "Bearer a-token"}
    return genai.Client(vertexai=True, http_options=types.HttpOptions(base_url=address, headers=headers))


def _talks_to_vertex(name: str, caller: Callable[[There], genai.Client]) -> None:
    @live(name)
    async def talks_to_vertex(there: There) -> None:
        config = {"response_modalities": ["AUDIO"], "input_audio_transcription": {}}
        model = f"publishers/google/models/{MODEL}"
        async with dialled(there, caller=caller(there), model=model, **config) as session:
            await Caller(session).speaks(0.5)
            await session.send_realtime_input(audio_stream_end=True)
            turn = await next_turn(session)
            (number,) = await there.connections()

        assert session.session_id, "Vertex tells the session's id"
        assert {content.model_turn.role for content in turn.contents if content.model_turn} == {"model"}
        assert {part.inline_data.mime_type for part in turn.parts} == {"audio/pcm"}
        assert turn.usage.response_token_count > 0, "what Vertex calls candidates, the SDK reads as the response"
        assert len(turn.heard.split()) == 2
        path = (await there.ledger(number))["path"]
        assert path.endswith(".LlmBidiService/BidiGenerateContent")


_talks_to_vertex("Vertex by key", vertex_by_key)
_talks_to_vertex("Vertex by project", vertex_by_project)
_talks_to_vertex("Vertex behind a gateway", _by_gateway)


@live("Vertex tools")
async def vertex_tools(there: There) -> None:
    """Ids are UUIDs there, and a result without one is taken."""
    model = f"publishers/google/models/{MODEL}"
    config = {"tools": [{"function_declarations": [WEATHER]}]}
    async with dialled(there, caller=vertex_by_project(there), model=model, **config) as session:
        await writes(session, "call weather")
        async for message in session.receive():
            if message.tool_call:
                (call,) = message.tool_call.function_calls
                result = types.FunctionResponse(id=call.id, name=call.name, response={"output": "sunny"})
                await session.send_tool_response(function_responses=result)
            last = message

    assert len(call.id) == 36
    assert last.server_content.turn_complete


@live("transparent resumption")
async def transparent_resumption(there: There) -> None:
    """Vertex says which of the client's messages a handle covers, in every update, also in mid-answer."""
    model = f"publishers/google/models/{MODEL}"
    config: dict[str, Any] = {"session_resumption": {"transparent": True}}
    async with dialled(there, caller=vertex_by_project(there), model=model, **config) as session:
        await writes(session, "hello")
        turn = await next_turn(session)
        handle = await handle_of(session)
    config["session_resumption"]["handle"] = handle
    async with dialled(there, caller=vertex_by_project(there), model=model, **config) as session:
        await writes(session, "and then?")
        following = await next_turn(session)

    updates = [message.session_resumption_update for message in turn.messages if message.session_resumption_update]
    assert updates
    assert all(update.resumable for update in updates)
    assert all(update.last_consumed_client_message_index is not None for update in updates)
    assert following.text


@live("refused token on Vertex")
async def refused_token_on_vertex(there: There) -> None:
    options = types.HttpOptions() if there.production else types.HttpOptions(base_url=there.http_url)
    credentials = Credentials(token="invalid")
    caller = genai.Client(
        vertexai=True, http_options=options, project="p", location="us-central1", credentials=credentials
    )
    try:
        async with dialled(there, caller=caller, model=f"publishers/google/models/{MODEL}"):
            raise AssertionError("the token was taken")
    except errors.APIError as error:
        seen = error

    assert seen.code == 1008
    assert seen.details.startswith("Request had invalid authentication credentials.")
    assert len(seen.details) == 123


# Ephemeral tokens.


def _by_token(there: There, name: str) -> genai.Client:
    return client(there, key=name, api_version="v1alpha")


@live("auth tokens")
async def auth_tokens(there: There) -> None:
    caller = client(there, api_version="v1alpha")
    token = await caller.aio.auth_tokens.create(config={"uses": 2})
    assert token.name.startswith("auth_tokens/")
    for _ in range(2):
        async with dialled(there, caller=_by_token(there, token.name)) as session:
            await writes(session, "hello")
            assert (await next_turn(session)).text
            (number,) = await there.connections()

    assert (await there.ledger(number))["path"].endswith("v1alpha.GenerativeService.BidiGenerateContentConstrained")
    assert (await _refused_token(there, token.name)).code == 1008


@live("auth token used once")
async def auth_token_used_once(there: There) -> None:
    """One use by default, and a session that is resumed is no second one."""
    token = await client(there, api_version="v1alpha").aio.auth_tokens.create()
    async with dialled(there, caller=_by_token(there, token.name), session_resumption={}) as session:
        await writes(session, "hello")
        await next_turn(session)
        handle = await handle_of(session)
    resumed = {"session_resumption": {"handle": handle}}
    async with dialled(there, caller=_by_token(there, token.name), **resumed) as session:
        await writes(session, "and then?")
        turn = await next_turn(session)
    error = await _refused_token(there, token.name)

    assert turn.text
    assert error.code == 1008


@live("auth token that locks its setup")
async def auth_token_that_locks_its_setup(there: There) -> None:
    """What the token says stands, whatever the client asks for."""
    locked = types.LiveConnectConfig(response_modalities=["TEXT"], session_resumption={})
    constraints = types.LiveConnectConstraints(model=MODEL, config=locked)
    caller = client(there, api_version="v1alpha")
    token = await caller.aio.auth_tokens.create(config={"live_connect_constraints": constraints})
    async with dialled(there, caller=_by_token(there, token.name), response_modalities=["AUDIO"]) as session:
        await writes(session, "hello")
        turn = await next_turn(session)
        await handle_of(session)

    assert turn.text
    assert not turn.audio


@live("auth token that expires", settings={"token_session_ttl_s": 0.2})
async def auth_token_that_expires(there: There) -> None:
    token = await client(there, api_version="v1alpha").aio.auth_tokens.create()
    async with dialled(there) as session:
        await writes(session, "let time pass")
        await next_turn(session)

    assert (await _refused_token(there, token.name)).code == 1008


@live("auth token that ends its session")
async def auth_token_that_ends_its_session(there: There) -> None:
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=3600)
    caller = client(there, api_version="v1alpha")
    token = await caller.aio.auth_tokens.create(config={"expire_time": until, "new_session_expire_time": until})
    async with dialled(there, caller=_by_token(there, token.name)) as session:
        await writes(session, "hello")
        assert (await next_turn(session)).text


@capability("auth tokens", sync=True)
def auth_tokens_sync(there: There) -> None:
    caller = client(there, api_version="v1alpha")
    first = caller.auth_tokens.create(config={"uses": 1})
    second = caller.auth_tokens.create()

    assert first.name.startswith("auth_tokens/")
    assert first.name != second.name


@capability("auth tokens in the past", sync=True)
def auth_tokens_in_the_past(there: There) -> None:
    caller = client(there, api_version="v1alpha")
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    try:
        caller.auth_tokens.create(config={"expire_time": past})
    except errors.ClientError as error:
        seen = error

    assert (seen.code, seen.status) == (400, "INVALID_ARGUMENT")


async def _refused_token(there: There, name: str) -> errors.APIError:
    try:
        async with dialled(there, caller=_by_token(there, name)) as session:
            return await ended(session)
    except errors.APIError as error:
        return error


# REST.


@capability("generate_content")
async def generate_content(there: There) -> None:
    caller = client(there)
    response = await caller.aio.models.generate_content(model=REST_MODEL, contents="hello")

    _assert_answer(response)


@capability("generate_content", sync=True)
def generate_content_sync(there: There) -> None:
    caller = client(there)

    _assert_answer(caller.models.generate_content(model=REST_MODEL, contents="hello"))


def _assert_answer(response: Any) -> None:
    assert response.text == SCRIPT.reply("hello", turn=0).text
    assert response.candidates[0].finish_reason == types.FinishReason.STOP
    usage = response.usage_metadata
    assert usage.total_token_count == usage.prompt_token_count + usage.candidates_token_count
    assert response.model_version == REST_MODEL
    assert response.response_id


@capability("generate_content, streamed")
async def generate_content_streamed(there: There) -> None:
    caller = client(there)
    stream = await caller.aio.models.generate_content_stream(model=REST_MODEL, contents="hello")

    _assert_stream([piece async for piece in stream])


@capability("generate_content, streamed", sync=True)
def generate_content_streamed_sync(there: There) -> None:
    caller = client(there)

    _assert_stream(list(caller.models.generate_content_stream(model=REST_MODEL, contents="hello")))


def _assert_stream(pieces: list[Any]) -> None:
    assert len(pieces) > 1
    assert "".join(piece.text for piece in pieces) == SCRIPT.reply("hello", turn=0).text
    assert [piece.candidates[0].finish_reason for piece in pieces][:-1] == [None] * (len(pieces) - 1)
    assert pieces[-1].candidates[0].finish_reason == types.FinishReason.STOP
    assert pieces[-1].usage_metadata.total_token_count


@capability("generate_content with everything", sync=True)
def generate_content_with_everything(there: There) -> None:
    caller = client(there)
    config = types.GenerateContentConfig(
        system_instruction="be brief",
        temperature=0.1,
        max_output_tokens=200,
        response_mime_type="application/json",
        thinking_config=types.ThinkingConfig(thinking_budget=0),
        safety_settings=[types.SafetySetting(category="HARM_CATEGORY_HARASSMENT", threshold="BLOCK_NONE")],
    )
    parts = [types.Part(text="what is this?"), types.Part.from_bytes(data=b"\xfb\xff", mime_type="audio/wav")]
    response = caller.models.generate_content(
        model=REST_MODEL, contents=types.Content(role="user", parts=parts), config=config
    )

    assert response.text


@capability("generate_content, tools", sync=True)
def generate_content_tools(there: There) -> None:
    """The SDK calls a Python function by itself, and comes back with what it returned."""
    asked: list[str] = []

    def weather(about: str) -> str:
        """The weather."""
        asked.append(about)
        return "sunny"

    # Written out, since 1.x cannot read annotations that are strings, which those of this file are.
    weather.__annotations__ = {"about": str, "return": str}
    caller = client(there)
    config = types.GenerateContentConfig(tools=[weather])
    response = caller.models.generate_content(model=REST_MODEL, contents="call weather", config=config)

    assert len(asked) == 1
    assert response.text


@capability("chat", sync=True)
def chat(there: There) -> None:
    """Each message carries the whole history, and the answer counts it."""
    caller = client(there)
    talk = caller.chats.create(model=REST_MODEL)
    first, second = talk.send_message("hello"), talk.send_message("and then?")

    assert first.text != second.text
    assert second.usage_metadata.prompt_token_count > first.usage_metadata.prompt_token_count


def _rest_refuses(name: str, key: str, model: str, code: int, status: str, message: str) -> None:
    @capability(name, sync=True)
    def rest_refuses(there: There) -> None:
        caller = client(there, key=key)
        try:
            caller.models.generate_content(model=model, contents="hello")
        except errors.ClientError as error:
            seen = error

        assert (seen.code, seen.status) == (code, status)
        assert seen.message.startswith(message)


_rest_refuses("refused key, REST", "invalid", REST_MODEL, 400, "INVALID_ARGUMENT", "API key not valid.")
_rest_refuses(
    "leaked key, REST", "leaked", REST_MODEL, 403, "PERMISSION_DENIED", "Your API key was reported as leaked."
)
_rest_refuses("unknown model, REST", KEY, "gemini-unknown", 404, "NOT_FOUND", "models/gemini-unknown is not found")


@capability("refused key, REST streamed")
async def refused_key_rest_streamed(there: There) -> None:
    caller = client(there, key="invalid")
    try:
        async for _ in await caller.aio.models.generate_content_stream(model=REST_MODEL, contents="hello"):
            pass
    except errors.ClientError as error:
        seen = error

    assert (seen.code, seen.status) == (400, "INVALID_ARGUMENT")


def _vertex_over_rest(name: str, caller_of: Callable[[There], genai.Client]) -> None:
    @capability(name, sync=True)
    def vertex_over_rest(there: There) -> None:
        caller = caller_of(there)
        _assert_answer(caller.models.generate_content(model=REST_MODEL, contents="hello"))
        _assert_stream(list(caller.models.generate_content_stream(model=REST_MODEL, contents="hello")))


_vertex_over_rest("generate_content on Vertex by key", vertex_by_key)
_vertex_over_rest("generate_content on Vertex by project", vertex_by_project)
