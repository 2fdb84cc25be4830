"""What Google's generative APIs call content: turns of parts, tools, and the leniency with which they read JSON.

Every field is taken in lowerCamelCase and in snake_case, mixed at will (the official SDK does mix them), base64 in the
standard and the URL-safe alphabet, padded or not, 64-bit integers as numbers or strings, and null as absent, as
protobuf's JSON has it. What a tool's schema, arguments or results hold is the user's own and keeps its spelling.

Source of the fields: googleapis/python-genai 3.4.0, types.py and _live_converters.py; generative_service.proto v1beta.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel, to_snake

__all__ = ["Blob", "Bytes", "Content", "Message", "Part", "Tool", "function_names", "read_json", "unknown_field"]


MIME_TYPE_MAX = 255
"""Longer ones are none: RFC 6838, 4.2, allows 127 characters on each side."""

NESTING_MAX = 100
"""Objects and lists within each other; protobuf's own parser stops there too."""


class Message(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: Any) -> Any:
        if not isinstance(value, dict) or None not in value.values():
            return value
        return {name: field for name, field in value.items() if field is not None}


def _from_base64(value: Any) -> bytes:
    if not isinstance(value, str):
        raise ValueError("base64 is written as a string")
    plain = value.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


Bytes = Annotated[bytes, BeforeValidator(_from_base64), Field(exclude=True)]
"""Bytes, which come as base64 and are never told."""


class Blob(Message):
    mime_type: str = ""
    display_name: str | None = None
    data: Bytes = b""

    @property
    def rate_hz(self) -> int:
        """Samples a second of 16-bit mono PCM; 16,000 unless the type says otherwise. 0 if this is no such audio."""
        return _rate_hz(self.mime_type) if len(self.mime_type) <= MIME_TYPE_MAX else 0

    @property
    def is_image(self) -> bool:
        return self.mime_type.lower().startswith("image/")


@functools.lru_cache(maxsize=64)
def _rate_hz(mime_type: str) -> int:
    # A caller names the same type in every frame, fifty times a second.
    kind, *parameters = (part.strip().lower() for part in mime_type.split(";"))
    if kind != "audio/pcm":
        return 0
    rates = [p.removeprefix("rate=") for p in parameters if p.startswith("rate=")]
    if not rates:
        return 16_000
    return int(rates[0]) if re.fullmatch("[1-9][0-9]{3,5}", rates[0]) else 0


class Part(Message):
    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    inline_data: Blob | None = None
    file_data: dict[str, Any] | None = None
    function_call: dict[str, Any] | None = None
    function_response: dict[str, Any] | None = None
    executable_code: dict[str, Any] | None = None
    code_execution_result: dict[str, Any] | None = None
    video_metadata: dict[str, Any] | None = None
    media_resolution: Any = None
    media_processing: Any = None
    audio_metadata: dict[str, Any] | None = None
    audio_transcription: dict[str, Any] | None = None
    document_metadata: dict[str, Any] | None = None
    part_metadata: dict[str, Any] | None = None
    speech_metadata: dict[str, Any] | None = None
    spreadsheet_metadata: dict[str, Any] | None = None
    tool_call: dict[str, Any] | None = None
    tool_response: dict[str, Any] | None = None


class Content(Message):
    role: str = "user"
    parts: tuple[Part, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.parts if part.text)


class FunctionDeclaration(Message):
    name: str = ""
    description: str | None = None
    parameters: dict[str, Any] | None = None
    parameters_json_schema: Any = None
    response: dict[str, Any] | None = None
    response_json_schema: Any = None
    behavior: Literal["UNSPECIFIED", "BLOCKING", "NON_BLOCKING"] | None = None


class Tool(Message):
    function_declarations: tuple[FunctionDeclaration, ...] = ()
    google_search: dict[str, Any] | None = None
    google_search_retrieval: dict[str, Any] | None = None
    google_maps: dict[str, Any] | None = None
    url_context: dict[str, Any] | None = None
    code_execution: dict[str, Any] | None = None
    computer_use: dict[str, Any] | None = None
    file_search: dict[str, Any] | None = None
    enterprise_web_search: dict[str, Any] | None = None
    exa_ai_search: dict[str, Any] | None = None
    parallel_ai_search: dict[str, Any] | None = None
    retrieval: dict[str, Any] | None = None
    mcp_servers: tuple[dict[str, Any], ...] = ()


def function_names(tools: tuple[Tool, ...]) -> tuple[str, ...]:
    return tuple(function.name for tool in tools for function in tool.function_declarations)


def unknown_field(error: ValidationError, *, within: str = "") -> tuple[str, str] | None:
    """The first field that does not exist, if that is what is wrong: its name, and the proto path of what it was in."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] != "extra_forbidden":
        return None
    *steps, unknown = first["loc"]
    path = to_snake(within)
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{to_snake(step)}"
    return str(unknown), path.removeprefix(".")


def read_json(payload: str | bytes) -> Any:
    """The JSON value in the payload.

    Raises:
        ValueError: If it is none, is nested too deeply, or holds what is JSON only to Python: NaN, half a surrogate pair.
    """
    text = payload if isinstance(payload, str) else payload.decode()
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if text.count("{") + text.count("[") > NESTING_MAX and _is_too_deep(value):
        raise ValueError("nested too deeply")
    if "\\ud" in text.lower():
        # Half of a surrogate pair is no text: it could be neither echoed nor written down.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _is_too_deep(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(NESTING_MAX):
        inner: list[Any] = []
        for container in level:
            children = container.values() if isinstance(container, dict) else container
            inner.extend(child for child in children if isinstance(child, dict | list))
        if not inner:
            return False
        level = inner
    return True
