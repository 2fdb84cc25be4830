"""The `response` of a `response.create`.

Source: openai 3.54.0, types/realtime/realtime_response_create_params_with_references_param.py.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mock_servers.openai_realtime.messages import Strict
from mock_servers.openai_realtime.session_shapes import AudioFormat, MaxTokens, Modalities, Prompt, Reasoning, Voice
from mock_servers.openai_realtime.tool_shapes import Tool, ToolChoice

__all__ = ["ResponseShape"]


class _Output(Strict):
    format: AudioFormat | None = None
    voice: Voice | None = None


class _Audio(Strict):
    output: _Output | None = None


class ResponseShape(Strict):
    """What one response is asked to be; what is left out is as the session has it."""

    conversation: Literal["auto", "none"] | None = None
    output_modalities: Modalities | None = None
    instructions: str | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: MaxTokens | None = None
    # 16 pairs, keys of 64 characters, values of 512 (SDK docs, 2026-08).
    metadata: (
        Annotated[
            dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], Field(max_length=16)
        ]
        | None
    ) = None
    input: list[dict[str, Any]] | None = None
    audio: _Audio | None = None
    prompt: Prompt | None = None
    reasoning: Reasoning | None = None

    @property
    def in_conversation(self) -> bool:
        return self.conversation != "none"
