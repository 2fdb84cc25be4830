"""The SDK's own models of Realtime events, found by introspection, and what they say of a message."""

from __future__ import annotations

import functools
import itertools
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.sdk.undeclared import undeclared

__all__ = ["by_kind", "complaints", "every_field"]

UNDECLARED = {
    "response.output_text.delta": ("obfuscation",),
    "response.output_audio_transcript.delta": ("obfuscation",),
    "response.function_call_arguments.delta": ("obfuscation",),
    "conversation.item.input_audio_transcription.delta": ("obfuscation",),
    "session.created": ("session.id", "session.object", "session.expires_at"),
    "session.updated": ("session.id", "session.object", "session.expires_at"),
    "conversation.item.added": ("item.phase",),
    "conversation.item.done": ("item.phase",),
    "response.output_item.added": ("item.phase",),
    "response.output_item.done": ("item.phase",),
    "response.done": ("response.output[].phase",),
    "transcription_session.updated": (
        *("session.id", "session.object", "session.expires_at", "session.include"),
        "session.input_audio_noise_reduction",
    ),
}
"""What OpenAI sends and the SDK's models do not declare. Padding and sessions: 475 live frames, recorded by pydantic-ai in
July and August 2026, have nothing else (openai_realtime.md, section 2.2). `phase`: pipecat-ai/pipecat#4465. The beta's
transcription sessions: inferred from those of the GA shape (gateway captures of 2026-09-18), and from what a client may
set."""


def by_kind(union: Any) -> dict[str, type[BaseModel]]:
    """The members of a union of events, by the `type` that each has on the wire."""
    return {kind: member for member in _members(union) for kind in get_args(member.model_fields["type"].annotation)}


def complaints(payload: str | bytes, model: type[BaseModel], *, excused: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with a message, read strictly: types are not converted, and a field that is not declared is wrong."""
    try:
        event = TypeAdapter(model).validate_json(payload, strict=True)
    except ValidationError as wrong:
        return [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in wrong.errors(include_url=False)]
    return [f"{path}: not declared by {model.__name__}" for path in undeclared(event) if path not in excused]


def every_field(model: type[BaseModel]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Messages of this kind, each the smallest there is with one field more, down to the last leaf; with its path.

    A choice of values (a literal, a union) gives a message for each. The same path may come more than once.
    """
    return _of_model(model)


def _of_model(model: type[BaseModel]) -> Iterator[tuple[str, dict[str, Any]]]:
    for base in _smallest_of(model):
        yield "", base
        for name, field in model.model_fields.items():
            for path, value in _of(field.annotation):
                if name not in base or value != base[name]:
                    yield f".{field.alias or name}{path}", base | {field.alias or name: value}


def _of(annotation: Any) -> Iterator[tuple[str, Any]]:
    """Every value that is worth sending where this is expected, with the path below it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _of(arguments[0])
    elif origin in (Union, types.UnionType):
        for member in arguments:
            if member is not types.NoneType:
                yield from _of(member)
    elif origin is Literal:
        yield from (("", value) for value in arguments)
    elif origin is list:
        yield from ((f"[]{path}", [value]) for path, value in _of(arguments[0]))
    elif origin is dict:
        yield from ((path, {"name": value}) for path, value in _of(arguments[1]))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _of_model(annotation)
    else:
        yield "", _SAMPLES.get(annotation, {})


_SAMPLES: dict[Any, Any] = {str: "d29yZHM=", int: 1, float: 0.5, bool: True}
"""A text that is base64, too, for where it has to be."""


def _smallest_of(model: type[BaseModel]) -> list[dict[str, Any]]:
    """The smallest messages: what is required, and one for each value of a `type`, since the models call it optional."""
    fixed = {
        field.alias or name: _first(field.annotation)
        for name, field in model.model_fields.items()
        if field.is_required() and name != "type"
    }
    if "type" not in model.model_fields:
        return [fixed]
    return [{"type": value, **fixed} for _, value in _of(model.model_fields["type"].annotation)]


def _first(annotation: Any) -> Any:
    return next(value for _, value in _of(annotation))


@functools.cache
def _members(union: Any) -> tuple[type[BaseModel], ...]:
    origin, arguments = get_origin(union), get_args(union)
    if origin is Annotated:
        return _members(arguments[0])
    if origin in (Union, types.UnionType):
        return tuple(itertools.chain.from_iterable(_members(member) for member in arguments))
    return (union,)
