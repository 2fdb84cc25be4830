"""The SDK's own models of what Gemini says, as a judge: which kinds and fields there are, and what is wrong with a message.

The judge is stricter than the SDK, which drops what it does not know: every key has to be one that its models have, spelled
in camelCase, with a value of the very JSON type, and of the enumeration where it is one.
"""

from __future__ import annotations

import base64
import binascii
import json
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from google.genai import __version__, _live_converters, types
from packaging.version import Version
from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel

__all__ = ["complaints", "fields_in", "fields_of", "kinds"]

NEWER_THAN_SDK = {
    "interactionStatus": "2.18.0",
    "interimInputTranscription": "2.34.0",
    "audioOffset": "2.34.0",
    "serviceTier": "2.34.0",
    "languageCode": "2.34.0",
    "speakerLabel": "2.34.0",
    "words": "2.34.0",
    "startOffset": "2.34.0",
    "endOffset": "2.34.0",
    "chunkId": "2.34.0",
    "fileId": "2.34.0",
}
"""Fields that the SDK knows in this version at the latest, and drops in older ones: the types of 1.75.0 and 2.34.0 compared."""


def kinds(model: type[BaseModel]) -> list[str]:
    """The wire names of a message's alternatives, which are its fields."""
    return [to_camel(name) for name in model.model_fields]


def fields_of(model: type[BaseModel]) -> list[str]:
    """Every field of this model and of those below it, by the model that has it: `Transcription.languageCode`."""
    found: dict[str, None] = {}
    _gather(model, found, [])
    return list(found)


def _gather(model: type[BaseModel], found: dict[str, None], seen: list[type[BaseModel]]) -> None:
    if model in seen:
        return
    seen.append(model)
    for name, field in model.model_fields.items():
        found[f"{model.__name__}.{to_camel(name)}"] = None
        for inner in models_in(field.annotation):
            _gather(inner, found, seen)


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation such as `Optional[list[Part]]` speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in models_in(inner)]


def complaints(name: str, payload: str | bytes, *, on_vertex: bool) -> list[str]:
    """What is wrong with a message that the mock sent; `name` is the mock's own for it."""
    wire = json.loads(payload)
    wrong = [f"{key!r} is no camelCase" for key in _keys(wire) if "_" in key]
    if name in ("generateContent", "streamGenerateContent"):
        return wrong + _invalid(types.GenerateContentResponse, wire)
    wrong += [f"{key!r} is no kind of message" for key in wire if key not in kinds(types.LiveServerMessage)]
    if name not in wire:
        wrong.append(f"its name is {name}, and it holds {', '.join(wire)}")
    converted = converted_by_sdk(wire, on_vertex=on_vertex)
    if len(list(_keys(converted))) != len(list(_keys(_as_declared(wire)))):
        wrong.append("the SDK's converter drops a part of it")
    return wrong + _invalid(types.LiveServerMessage, converted)


def fields_in(payload: str | bytes, *, on_vertex: bool) -> Iterator[str]:
    """The fields that a Live message has, named as `fields_of` names them."""
    yield from _present(types.LiveServerMessage, converted_by_sdk(json.loads(payload), on_vertex=on_vertex))


def _present(model: type[BaseModel], value: Mapping[str, Any]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = value.get(to_camel(name), value.get(name))
        if inner is None:
            continue
        yield f"{model.__name__}.{to_camel(name)}"
        for below in models_in(field.annotation):
            for each in inner if isinstance(inner, list) else [inner]:
                if isinstance(each, Mapping):
                    yield from _present(below, each)


def converted_by_sdk(wire: Mapping[str, Any], *, on_vertex: bool) -> dict[str, Any]:
    """The message with its names as the SDK's models have them, by the SDK's own hand."""
    convert = "_LiveServerMessage_from_vertex" if on_vertex else "_LiveServerMessage_from_mldev"
    converted: dict[str, Any] = getattr(_live_converters, convert)(_as_declared(wire))
    return converted


def _as_declared(wire: Mapping[str, Any]) -> dict[str, Any]:
    """protobuf's JSON writes an int64 as a string, and the SDK declares an int: protobuf.dev/programming-guides/json."""
    told: dict[str, Any] = json.loads(json.dumps(wire))
    update = told.get("sessionResumptionUpdate", {})
    if isinstance(index := update.get("lastConsumedClientMessageIndex"), str):
        update["lastConsumedClientMessageIndex"] = int(index)
    # What is newer than this SDK is left to the newer one to judge.
    return _known_here(told)


def _known_here(value: Any) -> Any:
    if isinstance(value, list):
        return [_known_here(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {key: _known_here(inner) for key, inner in value.items() if _is_known_here(key)}


def _is_known_here(key: str) -> bool:
    return key not in NEWER_THAN_SDK or Version(__version__) >= Version(NEWER_THAN_SDK[key])


def _invalid(model: type[BaseModel], value: Any) -> list[str]:
    try:
        with warnings.catch_warnings():
            # A value that an enumeration does not have is no error to the SDK, only a warning.
            warnings.simplefilter("error", UserWarning)
            model.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        wrong = [each for each in error.errors(include_url=False) if not _is_base64(each)]
        return [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong]
    except UserWarning as warning:
        return [str(warning)]
    return []


def _is_base64(error: Mapping[str, Any]) -> bool:
    """Strictness leaves bytes no way into JSON; whether they are padded base64 of the standard alphabet is asked here."""
    if error["type"] != "bytes_type":
        return False
    try:
        return base64.b64encode(base64.b64decode(error["input"], validate=True)).decode() == error["input"]
    except (TypeError, binascii.Error):
        return False


FREE = ("args", "response")
"""Objects whose keys are the caller's own."""


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key not in FREE:
                yield from _keys(inner)
