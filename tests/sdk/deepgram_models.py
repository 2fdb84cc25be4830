"""The Deepgram SDK's own models of what goes over its sockets, found by introspection, and what they say of a message."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

import deepgram
from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.sdk.undeclared import undeclared

__all__ = ["AUDIO", "Surface", "complaints", "kinds_of", "surfaces", "wire_messages"]

AUDIO = "Audio"

SAMPLES: Mapping[str, Any] = {
    "eager_eot_threshold": 0.5,
    "eot_threshold": 0.7,
    "eot_timeout_ms": 1000,
    "features": {"numerals": True},
    "keyterms": ["words"],
    "language_hints": ["en"],
    "numerals": True,
    "speed": 1.25,
    "text": "some words",
    "value": 100,
}
"""A good value for each field that a client's message may have; a new field has none, and is complained of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """One kind of socket that the SDK opens (`listen.v1`).

    `server` are the models of its messages by what `kinds_of` calls them; audio has none.
    """

    name: str
    server: Mapping[str, type[BaseModel] | None]
    client: type
    connect: inspect.Signature


def surfaces() -> list[Surface]:
    """Every surface of the SDK that is installed here, so one that a new release adds, too."""
    names = [module.name for module in pkgutil.walk_packages(deepgram.__path__, "deepgram.")]
    return [_surface(name) for name in sorted(names) if name.endswith(".socket_client")]


def kinds_of(message: Mapping[str, Any]) -> list[str]:
    """What a message counts as: its `type`, and of a turn each event by itself."""
    kind = str(message["type"])
    return [kind, f"{kind} {message['event']}"] if "event" in message else [kind]


def wire_messages(surface: Surface) -> Iterator[tuple[str, str | bytes]]:
    """All that the SDK's client can put on the wire, each as it does: every message alone, and with each of its fields."""
    sends = [name for name in vars(surface.client) if name.startswith("send_")]
    for name in sends:
        model = _model_sent_by(getattr(surface.client, name))
        if model is None:
            yield from ((name, payload) for payload in _sent(surface.client, name, bytes(640)))
            continue
        for fields in _every_field(model):
            yield from ((name, payload) for payload in _sent(surface.client, name, model.model_construct(**fields)))


def complaints(payload: str | bytes, model: type[BaseModel], *, excused: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with a message, read strictly: nothing is converted, and a field that is not declared is wrong."""
    wrong: list[str] = []
    try:
        message = TypeAdapter(model).validate_json(payload, strict=True)
    except ValidationError as failure:
        errors = [(".".join(map(str, error["loc"])), error["msg"]) for error in failure.errors(include_url=False)]
        wrong = [f"{path}: {what}" for path, what in errors if path not in excused]
        # As the SDK itself makes it, without a check: what it does not declare is to be seen all the same.
        message = model.model_construct(**json.loads(payload))
    wrong += [f"{path}: not declared by {model.__name__}" for path in undeclared(message) if path not in excused]
    return wrong + list(_not_listed(message))


def _surface(module_name: str) -> Surface:
    module = importlib.import_module(module_name)
    (union,) = (value for name, value in vars(module).items() if name.endswith("SocketClientResponse"))
    (client,) = (value for name, value in vars(module).items() if name.startswith("Async") and inspect.isclass(value))
    package = module_name.removesuffix(".socket_client")
    (caller,) = (
        value
        for name, value in vars(importlib.import_module(f"{package}.client")).items()
        if name.startswith("Async") and not name.startswith("AsyncRaw") and hasattr(value, "connect")
    )
    server: dict[str, type[BaseModel] | None] = {}
    for member in get_args(union):
        if member is bytes:
            server[AUDIO] = None
        else:
            server |= {kind: server.get(kind, member) for kind in _kinds(member)}
    return Surface(
        name=package.removeprefix("deepgram."),
        server=server,
        client=client,
        connect=inspect.signature(caller.connect),
    )


def _kinds(model: type[BaseModel]) -> Iterator[str]:
    """The literals of `type`; of `SpeakV1Flushed` two, since the SDK gives `Flushed` and `Cleared` one type."""
    for kind in _literals(model.model_fields["type"].annotation):
        yield kind
        if "event" in model.model_fields:
            yield from (f"{kind} {event}" for event in _literals(model.model_fields["event"].annotation))


def _literals(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [value for member in get_args(annotation) for value in _literals(member)]


def _model_sent_by(method: Any) -> type[BaseModel] | None:
    """The model that a `send_…` takes, or None where it takes bytes."""
    (annotation,) = (hint for name, hint in typing.get_type_hints(method).items() if name == "message")
    members = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    return next((member for member in members if inspect.isclass(member) and issubclass(member, BaseModel)), None)


def _sent(client: type, method: str, message: object) -> list[str | bytes]:
    """What the SDK writes to its socket for this message."""
    socket = _Paper()
    writing = getattr(client(websocket=socket), method)(message)
    try:
        writing.send(None)
    except StopIteration:
        return socket.written
    raise AssertionError(f"{method} waits for something other than the socket")


class _Paper:
    """A socket on which all is written, and nothing is sent."""

    def __init__(self) -> None:
        self.written: list[str | bytes] = []

    async def send(self, data: str | bytes) -> None:
        self.written.append(data)


def _every_field(model: type[BaseModel]) -> Iterator[dict[str, Any]]:
    """The smallest message of this kind, then one for each further field, down to the last leaf."""
    smallest = {
        name: _value(name, field.annotation) for name, field in model.model_fields.items() if field.is_required()
    }
    if "type" in model.model_fields:
        # Of `SpeakV1Flush` the SDK's types allow three; its name says which is meant.
        kinds = _literals(model.model_fields["type"].annotation)
        smallest["type"] = next((kind for kind in kinds if model.__name__.endswith(kind)), kinds[0])
    yield smallest
    for name, field in model.model_fields.items():
        if name in smallest:
            continue
        nested = _nested(field.annotation)
        for value in [_value(name, field.annotation)] if nested is None else _every_field(nested):
            yield smallest | {name: value}


def _value(name: str, annotation: Any) -> Any:
    nested = _nested(annotation)
    if nested is not None:
        return next(_every_field(nested))
    literals = _literals(annotation)
    if literals:
        return literals[0]
    return SAMPLES[name]


def _nested(annotation: Any) -> type[BaseModel] | None:
    members = get_args(annotation) or (annotation,)
    return next((member for member in members if inspect.isclass(member) and issubclass(member, BaseModel)), None)


def _not_listed(message: BaseModel) -> Iterator[str]:
    """Values of open choices (the SDK lists some, and lets any through) that are not on the list."""
    for name, field in type(message).model_fields.items():
        listed, value = _literals(field.annotation), getattr(message, name)
        if listed and value is not None and value not in listed:
            yield f"{name}: {value!r} is none of {', '.join(map(repr, listed))}"
