"""What comes from clients, checked; and an event to them, before it has its id.

Shapes: openai 3.54.0, types/realtime/, and the errors that real sessions answered to wrong ones.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mock_servers.openai_realtime.errors import Refused

__all__ = ["Event", "ItemModel", "ResponseModel", "SessionModel", "checked", "parsed"]


NESTING_MAX = 100
"""Deeper than any schema of a tool; Python's own recursion ends at some hundred levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A server event: its type and its fields. `audio` is agent PCM, which `fields` carry as base64 in `delta`."""

    type: str
    fields: dict[str, Any] = field(default_factory=dict)
    audio: bytes = b""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Format(_Strict):
    # G.711 is left out: positions in 8-bit samples need another coding than the base's.
    type: Literal["audio/pcm"]
    rate: Literal[24000] = 24000


class _ServerVad(_Strict):
    type: Literal["server_vad"]
    threshold: float = Field(default=0.5, ge=0, le=1)
    prefix_padding_ms: int = Field(default=300, ge=0)
    silence_duration_ms: int = Field(default=200, ge=0)
    idle_timeout_ms: int | None = Field(default=None, ge=5000, le=30000)
    create_response: bool = True
    interrupt_response: bool = True


class _SemanticVad(_Strict):
    type: Literal["semantic_vad"]
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


class _Transcription(_Strict):
    model: str | None = None
    language: str | None = None
    prompt: str | None = Field(default=None, max_length=1024)


class _NoiseReduction(_Strict):
    type: Literal["near_field", "far_field"]


class _AudioInput(_Strict):
    format: _Format | None = None
    transcription: _Transcription | None = None
    noise_reduction: _NoiseReduction | None = None
    turn_detection: Annotated[_ServerVad | _SemanticVad, Field(discriminator="type")] | None = None


class _AudioOutput(_Strict):
    format: _Format | None = None
    voice: str | dict[str, Any] | None = None
    speed: float | None = Field(default=None, ge=0.25, le=1.5)


class _Audio(_Strict):
    input: _AudioInput = Field(default_factory=_AudioInput)
    output: _AudioOutput = Field(default_factory=_AudioOutput)


class _Function(_Strict):
    type: Literal["function"]
    name: str = Field(max_length=64)
    description: str | None = Field(default=None, max_length=1024)
    parameters: dict[str, Any] | None = None


class _Mcp(BaseModel):
    model_config = ConfigDict(extra="allow")
    type: Literal["mcp"]
    server_label: str


_Tool = Annotated[_Function | _Mcp, Field(discriminator="type")]
_Modalities = Annotated[list[Literal["audio", "text"]], Field(min_length=1, max_length=1)]
_Tokens = Annotated[int, Field(ge=1, le=4096)] | Literal["inf"]


class SessionModel(_Strict):
    """The whole session, as it is told in `session.updated` and as an update must leave it."""

    type: Literal["realtime", "transcription"]
    object: str
    id: str
    expires_at: int
    model: str | None = None
    output_modalities: _Modalities | None = None
    instructions: str | None = None
    tools: list[_Tool] | None = None
    tool_choice: Literal["auto", "none", "required"] | dict[str, Any] | None = None
    max_output_tokens: _Tokens | None = None
    tracing: Any = None
    truncation: Any = None
    prompt: Any = None
    parallel_tool_calls: bool | None = None
    reasoning: Any = None
    audio: _Audio
    include: list[str] | None = None


class ResponseModel(_Strict):
    """The `response` of a `response.create`."""

    conversation: Literal["auto", "none"] = "auto"
    output_modalities: _Modalities | None = None
    instructions: str | None = None
    tools: list[_Tool] | None = None
    tool_choice: Literal["auto", "none", "required"] | dict[str, Any] | None = None
    max_output_tokens: _Tokens | None = None
    metadata: (
        Annotated[
            dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], Field(max_length=16)
        ]
        | None
    ) = None
    input: list[dict[str, Any]] | None = None
    audio: _Audio | None = None
    prompt: Any = None


class _UserContent(_Strict):
    type: Literal["input_text", "input_audio", "input_image"]
    text: str | None = None
    audio: str | None = None
    transcript: str | None = None
    image_url: str | None = None
    detail: Literal["auto", "low", "high"] | None = None


class _AssistantContent(_Strict):
    # Assistant audio cannot be put back: an `output_audio` is asked for its text (openai-agents-js#963).
    type: Literal["output_text", "output_audio"]
    text: str
    audio: str | None = None
    transcript: str | None = None


class _SystemContent(_Strict):
    type: Literal["input_text"]
    text: str


class _Item(_Strict):
    id: str | None = Field(default=None, max_length=32)
    object: Literal["realtime.item"] | None = None
    status: Literal["completed", "incomplete", "in_progress"] | None = None


class _UserMessage(_Item):
    type: Literal["message"]
    role: Literal["user"]
    content: list[_UserContent]


class _AssistantMessage(_Item):
    type: Literal["message"]
    role: Literal["assistant"]
    content: list[_AssistantContent]
    phase: str | None = None


class _SystemMessage(_Item):
    type: Literal["message"]
    role: Literal["system"]
    content: list[_SystemContent]


class _FunctionCall(_Item):
    type: Literal["function_call"]
    name: str
    arguments: str
    call_id: str | None = None


class _FunctionCallOutput(_Item):
    type: Literal["function_call_output"]
    call_id: str
    output: str


_Message = Annotated[_UserMessage | _AssistantMessage | _SystemMessage, Field(discriminator="role")]
ItemModel: TypeAdapter[Any] = TypeAdapter(
    Annotated[_Message | _FunctionCall | _FunctionCallOutput, Field(discriminator="type")]
)

_CODES = {
    "extra_forbidden": "unknown_parameter",
    "missing": "missing_required_parameter",
    "string_too_long": "string_above_max_length",
    "greater_than_equal": "integer_below_min_value",
    "union_tag_not_found": "missing_required_parameter",
}


def checked(model: type[BaseModel] | TypeAdapter[Any], value: object, *, name: str) -> Any:
    """The value, read by this model.

    Raises:
        Refused: With the first thing that is wrong, and its JSON path below `name`: `session.tools[0].meta`.
    """
    try:
        return model.validate_python(value) if isinstance(model, TypeAdapter) else model.model_validate(value)
    except ValidationError as wrong:
        # What is missing is told before what is too much: this is the order of the errors in reports.
        first = min(wrong.errors(include_url=False), key=lambda error: error["type"] == "extra_forbidden")
        param = name + _path(first["loc"], value)
        if first["type"] == "union_tag_not_found":
            param += "." + str(first.get("ctx", {}).get("discriminator", "")).strip("'")
        code = _CODES.get(first["type"], "invalid_value")
        raise Refused(code, f"{_said(code)} '{param}'. {first['msg']}.", param=param) from None


def parsed(payload: str | bytes) -> dict[str, Any]:
    """The JSON object of a client's frame.

    Raises:
        Refused: If it is none, or says no type.
    """
    if isinstance(payload, bytes):
        raise Refused("invalid_event", "Events are text frames, not binary ones.")
    try:
        message = json.loads(payload, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        raise Refused("invalid_json", "The event could not be read: it is not JSON.") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Refused("invalid_event", "The 'type' field is missing.")
    if _nested_deeper_than(NESTING_MAX, message):
        raise Refused("invalid_value", f"The event is nested deeper than {NESTING_MAX} levels.")
    return message


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} cannot be said back in JSON")
    return value


def _nested_deeper_than(levels: int, value: object) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [inner for outer in layer if isinstance(outer, dict | list) for inner in _members(outer)]
        if not layer:
            return False
    return True


def _members(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _said(code: str) -> str:
    return {
        "unknown_parameter": "Unknown parameter:",
        "missing_required_parameter": "Missing required parameter:",
        "string_above_max_length": "String too long:",
    }.get(code, "Invalid value for")


def _path(loc: tuple[int | str, ...], value: object) -> str:
    """pydantic's place as a JSON path. It names the members of unions too, which are no part of the document."""
    path = ""
    for position, step in enumerate(loc):
        if isinstance(step, int):
            path += f"[{step}]"
            value = value[step] if isinstance(value, list) and step < len(value) else None
        elif isinstance(value, dict) and (step in value or position == len(loc) - 1):
            path += f".{step}"
            value = value.get(step)
    return path
