"""Everything that the SDK can send, as the SDK itself sends it: one session for each field, and the mock at the other end.

The fields are found in the SDK's models, so that one which a new release adds is sent too. What the SDK refuses to send on
a service (`only supported in …`) is not asked of the mock there.
"""

from __future__ import annotations

import asyncio
import datetime
import enum
import os
import tempfile
import types as python_types
import warnings
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from mock_servers.base.conversation import Conversation
from mock_servers.base.observer import Closed, Seen
from mock_servers.base.server import MockServer
from mock_servers.base.tls import certificate_for
from mock_servers.gemini_live import GeminiLive

__all__ = ["taken"]

MODEL = "gemini-2.5-flash-live"
VERTEX_MODEL = f"publishers/google/models/{MODEL}"
Says = Callable[[Any], Awaitable[None]]

NOT_SENT = {"http_options": "it says where and how to dial, and is not part of the setup"}

NOT_THERE = ("only supported", "not supported", "bytes is not JSON serializable")
"""How the SDK says that a field does not exist on a service; and how 1.75.0 fails over media in a function's result."""

NOT_UNDERSTOOD = ("1007 Invalid JSON payload received.", "1007 Request contains an invalid argument.")
"""Refusals of a name or of a type. One that speaks of the value, such as `Invalid session handle`, has understood it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One field to send: `path` as `setup.generationConfig.topK`, `says` what a session sends, `config` its setup."""

    path: str
    config: dict[str, Any] = field(default_factory=dict)
    says: Says | None = None


def taken() -> tuple[dict[str, list[str]], dict[str, list[str]], list[str]]:
    """The kinds of messages, and the fields: those that the SDK can send, and those that the mock takes. Then, what the
    mock said to each that it refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return asyncio.run(_taken())


async def _taken() -> tuple[dict[str, list[str]], dict[str, list[str]], list[str]]:
    sent: dict[str, None] = {}
    refused: dict[str, str] = {}
    async with _mock() as mock:
        for wish in _wishes():
            told = await mock.told(mock.gemini_api, wish)
            answers = [told]
            # The setup is the one message that the SDK words differently for each service.
            if told is None or wish.says is None:
                answers.append(await mock.told(mock.vertex, wish))
            for answer in answers:
                if answer is not None:
                    sent[wish.path] = None
                if answer is not None and answer.startswith(NOT_UNDERSTOOD):
                    refused[wish.path] = answer
    kinds = [to_camel(name) for name in types.LiveClientMessage.model_fields]
    known = [kind for kind in kinds if any(_of(path, kind) and path not in refused for path in sent)]
    fields = {"sdk": list(sent), "mock": [path for path in sent if path not in refused]}
    return {"sdk": kinds, "mock": known}, fields, [f"{path} is refused: {why}" for path, why in refused.items()]


def _of(path: str, kind: str) -> bool:
    return path.partition(".")[0] == kind


# The wishes.


def _wishes() -> Iterator[Wish]:
    for path, config in _each(types.LiveConnectConfig, "setup"):
        yield Wish(path=path, config=config)
    for path, content in _each(types.Content, "clientContent.turns"):
        yield Wish(path=path, says=_method("send_client_content", turns=[content], turn_complete=False))
    yield Wish(path="clientContent.turnComplete", says=_method("send_client_content", turn_complete=True))
    for path, blob in _each(types.Blob, "realtimeInput.audio"):
        yield Wish(path=path, says=_method("send_realtime_input", audio=_AUDIO | blob))
    for path, blob in _each(types.Blob, "realtimeInput.video"):
        yield Wish(path=path, says=_method("send_realtime_input", video=blob | {"mime_type": "image/png"}))
    manual = {"realtime_input_config": {"automatic_activity_detection": {"disabled": True}}}
    for name in types.LiveClientRealtimeInput.model_fields:
        path = f"realtimeInput.{to_camel(name)}"
        match name:
            case "audio" | "video":
                pass
            case "media_chunks":
                yield Wish(path=path, says=_method("send_realtime_input", media=types.Blob(**_AUDIO)))
            case "activity_start" | "activity_end":
                yield Wish(path=path, config=manual, says=_method("send_realtime_input", **{name: {}}))
            case _:
                value = next(_values(types.LiveClientRealtimeInput, name, ()))[1]
                yield Wish(path=path, says=_method("send_realtime_input", **{name: value}))
    for path, result in _each(types.FunctionResponse, "toolResponse.functionResponses"):
        yield Wish(path=path, config=_CALLING, says=_returning(result))
    if hasattr(types, "LiveClientContextUpdate"):
        for path, content in _each(types.Content, "contextUpdate.systemInstruction"):
            yield Wish(path=path, says=_method("send_context_update", system_instruction=content))
        for path, tool in _each(types.Tool, "contextUpdate.tools"):
            yield Wish(path=path, says=_method("send_context_update", tools=[tool]))


_CALLING = {"tools": [{"function_declarations": [{"name": "weather", "behavior": "NON_BLOCKING"}]}]}


def _method(name: str, **arguments: Any) -> Says:
    async def says(session: Any) -> None:
        await getattr(session, name)(**arguments)

    return says


def _returning(result: dict[str, Any]) -> Says:
    """A result for a call that was made: one that nobody waited for is refused, and that is another matter."""

    async def says(session: Any) -> None:
        turns = {"role": "user", "parts": [{"text": "call weather"}]}
        await session.send_client_content(turns=turns, turn_complete=True)
        async with asyncio.timeout(5.0):
            async for message in session.receive():
                if message.tool_call:
                    (call,) = message.tool_call.function_calls
                    whole = {"name": call.name, "response": {"output": "sunny"}, **result, "id": call.id}
                    await session.send_tool_response(function_responses=[whole])
                    return

    return says


_AUDIO: dict[str, Any] = {"data": b"\0\0" * 160, "mime_type": "audio/pcm;rate=16000"}


# Values for the fields of a model.


def _each(model: type[BaseModel], path: str, above: tuple[type[BaseModel], ...] = ()) -> Iterator[tuple[str, Any]]:
    """Arguments of the model that fill in one field each, and for a model in a field one field of that."""
    for name in model.model_fields:
        if name in NOT_SENT:
            continue
        for below, value in _values(model, name, (*above, model)):
            yield f"{path}.{to_camel(name)}{below}", {name: value}


def _values(model: type[BaseModel], name: str, above: tuple[type[BaseModel], ...]) -> Iterator[tuple[str, Any]]:
    if (model, name) in _CHOSEN:
        yield "", _CHOSEN[model, name]
        return
    yield from _of_type(_PLAIN.get((model, name), model.model_fields[name].annotation), above)


def _of_type(annotation: Any, above: tuple[type[BaseModel], ...]) -> Iterator[tuple[str, Any]]:
    origin = get_origin(annotation)
    if origin in (Union, python_types.UnionType):
        chosen = next(arm for arm in get_args(annotation) if arm is not type(None))
        yield from _of_type(chosen, above)
    elif origin in (list, tuple):
        for below, value in _of_type(get_args(annotation)[0], above):
            yield below, [value]
    elif origin is dict:
        for below, value in _of_type(get_args(annotation)[1], above):
            yield below, {"key": value}
    elif origin is Literal:
        yield "", get_args(annotation)[0]
    elif isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        yield "", next(value for value in annotation if not value.name.endswith("UNSPECIFIED")).value
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        # A schema holds schemas: once round is enough.
        if annotation not in above:
            yield from _each(annotation, "", above) if annotation.model_fields else iter([("", {})])
    else:
        yield "", _PLAIN_VALUES.get(annotation, "text")


_PLAIN_VALUES: dict[Any, Any] = {
    bool: True,
    int: 1,
    float: 0.5,
    bytes: b"\xfb\xef",
    datetime.datetime: "2027-01-01T00:00:00Z",
}

_PLAIN: dict[tuple[type[BaseModel], str], Any] = {
    (types.LiveConnectConfig, "system_instruction"): types.Content,
    (types.LiveConnectConfig, "tools"): list[types.Tool],
}
"""Types that the SDK declares as a choice of everything that it can make them of."""

_CHOSEN: dict[tuple[type[BaseModel], str], Any] = {(types.Blob, "mime_type"): "audio/pcm;rate=16000"}
"""Values that have to be good ones, because the SDK looks at them."""


# The mock.


@dataclass(slots=True, kw_only=True)
class _Mock:
    gemini_api: genai.Client
    vertex: genai.Client
    endings: list[Closed]

    async def told(self, service: genai.Client, wish: Wish) -> str | None:
        """What the mock said to it: nothing if it was taken, None if the SDK does not send it there."""
        self.endings.clear()
        model = VERTEX_MODEL if service.vertexai else MODEL
        try:
            async with asyncio.timeout(10.0):
                async with service.aio.live.connect(model=model, config=wish.config) as session:
                    if wish.says is not None:
                        await wish.says(session)
        except errors.APIError as error:
            return f"{error.code} {error.details}"
        except (TypeError, ValueError) as error:
            if any(words in str(error) for words in NOT_THERE):
                return None
            raise ValueError(f"{wish.path} could not be sent: {error}") from error
        return next((f"{each.code} {each.reason}" for each in self.endings if each.by == "server"), "")


class _mock:
    """A mock over TLS, and the SDK's clients of both services."""

    async def __aenter__(self) -> _Mock:
        endings: list[Closed] = []

        def saw(seen: Seen) -> None:
            if isinstance(seen, Closed):
                endings.append(seen)

        tls, authority = certificate_for("127.0.0.1")
        self._folder = tempfile.TemporaryDirectory()
        ca_file = Path(self._folder.name) / "authority.pem"
        ca_file.write_bytes(authority)
        os.environ["SSL_CERT_FILE"] = str(ca_file)
        self._server = MockServer(GeminiLive(Conversation(reply_after_s=0.0)), tls=tls, observer=saw)
        await self._server.start()
        options = types.HttpOptions(base_url=f"https://127.0.0.1:{self._server.port}")
        who: dict[str, Any] = {"project": "p", "location": "us-central1", "credentials": Credentials(token="a-token")}
        return _Mock(
            gemini_api=genai.Client(api_key="a-key", http_options=options),
            vertex=genai.Client(vertexai=True, http_options=options, **who),
            endings=endings,
        )

    async def __aexit__(self, *exc: object) -> None:
        await self._server.aclose()
        self._folder.cleanup()
