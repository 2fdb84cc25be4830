"""The shapes of the items that a client may put into a conversation.

Source: openai 3.54.0, types/realtime/conversation_item.py and its members.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from mock_servers.openai_realtime.errors import Refused
from mock_servers.openai_realtime.messages import Strict, checked

__all__ = ["ItemShape", "checked_item"]


class _UserContent(Strict):
    type: Literal["input_text", "input_audio", "input_image"]
    text: str | None = None
    audio: str | None = None
    transcript: str | None = None
    image_url: str | None = None
    detail: Literal["auto", "low", "high"] | None = None


class _AssistantContent(Strict):
    # Assistant audio cannot be put back: an `output_audio` is asked for its text (openai-agents-js#963).
    type: Literal["output_text", "output_audio"]
    text: str
    audio: str | None = None
    transcript: str | None = None


class _SystemContent(Strict):
    type: Literal["input_text"]
    text: str


class _Item(Strict):
    id: str | None = Field(default=None, max_length=32)


class _Told(_Item):
    object: Literal["realtime.item"] | None = None
    status: Literal["completed", "incomplete", "in_progress"] | None = None


class _UserMessage(_Told):
    type: Literal["message"]
    role: Literal["user"]
    content: list[_UserContent]


class _AssistantMessage(_Told):
    type: Literal["message"]
    role: Literal["assistant"]
    content: list[_AssistantContent]
    phase: str | None = None


class _SystemMessage(_Told):
    type: Literal["message"]
    role: Literal["system"]
    content: list[_SystemContent]


class _FunctionCall(_Told):
    type: Literal["function_call"]
    name: str
    arguments: str
    call_id: str | None = None


class _FunctionCallOutput(_Told):
    type: Literal["function_call_output"]
    call_id: str
    output: str


class _McpApprovalResponse(_Item):
    type: Literal["mcp_approval_response"]
    approval_request_id: str
    approve: bool
    reason: str | None = None


class _McpApprovalRequest(_Item):
    type: Literal["mcp_approval_request"]
    server_label: str
    name: str
    arguments: str


class _McpListTools(_Item):
    type: Literal["mcp_list_tools"]
    server_label: str
    tools: list[dict[str, Any]]


class _McpCall(_Item):
    type: Literal["mcp_call"]
    server_label: str
    name: str
    arguments: str
    approval_request_id: str | None = None
    output: str | None = None
    error: dict[str, Any] | None = None


_Message = Annotated[_UserMessage | _AssistantMessage | _SystemMessage, Field(discriminator="role")]
ItemShape: TypeAdapter[Any] = TypeAdapter(
    Annotated[
        _Message
        | _FunctionCall
        | _FunctionCallOutput
        | _McpApprovalResponse
        | _McpApprovalRequest
        | _McpListTools
        | _McpCall,
        Field(discriminator="type"),
    ]
)

_NEEDED = {"input_text": "text", "input_image": "image_url"}


def checked_item(shape: dict[str, Any], *, name: str = "item") -> None:
    """Do nothing if a client may put this item into a conversation.

    Raises:
        Refused: With the first thing that is wrong, and its JSON path below `name`.
    """
    checked(ItemShape, shape, name=name)
    for number, part in enumerate(shape.get("content", ())):
        place = f"{name}.content[{number}]"
        needed = _NEEDED.get(part["type"])
        if needed is not None and part.get(needed) is None:
            param = f"{place}.{needed}"
            raise Refused("missing_required_parameter", f"Missing required parameter: '{param}'.", param=param)
        if part["type"] == "input_image" and not _is_picture(part["image_url"]):
            param = f"{place}.image_url"
            raise Refused("invalid_value", f"Invalid value for '{param}': it is no PNG or JPEG data URI.", param=param)


def _is_picture(url: str) -> bool:
    """Images come inside of the event (SDK docs, 2026-08): as a data URI, PNG or JPEG."""
    found = re.match(r"data:image/(?:png|jpeg);base64,", url)
    if found is None:
        return False
    try:
        return bool(base64.b64decode(url[found.end() :], validate=True))
    except (binascii.Error, ValueError):
        return False
