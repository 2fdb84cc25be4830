"""The shape of a session: as `session.updated` tells it, and as an update must leave it.

Source: openai 3.54.0, types/realtime/realtime_session_create_request.py and its relatives.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mock_servers.openai_realtime.messages import Strict
from mock_servers.openai_realtime.tool_shapes import Tool, ToolChoice

__all__ = [
    "AudioFormat",
    "MaxTokens",
    "Modalities",
    "Prompt",
    "Reasoning",
    "SessionShape",
    "TranscriptionShape",
    "Voice",
]


class _Pcm(Strict):
    type: Literal["audio/pcm"]
    rate: Literal[24000] = 24000


class _MuLaw(Strict):
    type: Literal["audio/pcmu"]


class _ALaw(Strict):
    type: Literal["audio/pcma"]


AudioFormat = Annotated[_Pcm | _MuLaw | _ALaw, Field(discriminator="type")]


class _ServerVad(Strict):
    type: Literal["server_vad"]
    threshold: float = Field(default=0.5, ge=0, le=1)
    prefix_padding_ms: int = Field(default=300, ge=0)
    silence_duration_ms: int = Field(default=200, ge=0)
    idle_timeout_ms: int | None = Field(default=None, ge=5000, le=30000)
    create_response: bool = True
    interrupt_response: bool = True


class _SemanticVad(Strict):
    type: Literal["semantic_vad"]
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


class _Transcription(Strict):
    model: str | None = None
    language: str | None = None
    prompt: str | None = Field(default=None, max_length=1024)
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    keywords: list[str] | None = None
    languages: list[str] | None = None


class _NoiseReduction(Strict):
    type: Literal["near_field", "far_field"] | None = None
    strength: float | None = None


class _AudioInput(Strict):
    format: AudioFormat | None = None
    transcription: _Transcription | None = None
    noise_reduction: _NoiseReduction | None = None
    turn_detection: Annotated[_ServerVad | _SemanticVad, Field(discriminator="type")] | None = None


class _VoiceId(Strict):
    id: str


Voice = str | _VoiceId


class _AudioOutput(Strict):
    format: AudioFormat | None = None
    voice: Voice | None = None
    speed: float | None = Field(default=None, ge=0.25, le=1.5)


class _Audio(Strict):
    input: _AudioInput = Field(default_factory=_AudioInput)
    output: _AudioOutput = Field(default_factory=_AudioOutput)


class _TranscriptionAudio(Strict):
    input: _AudioInput = Field(default_factory=_AudioInput)


class Prompt(Strict):
    id: str
    version: str | None = None
    variables: dict[str, Any] | None = None


class Reasoning(Strict):
    effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


class _Tracing(Strict):
    workflow_name: str | None = None
    group_id: str | None = None
    metadata: dict[str, Any] | None = None


class _TokenLimits(Strict):
    post_instructions: int | None = Field(default=None, ge=0)


class _RetentionRatio(Strict):
    type: Literal["retention_ratio"]
    retention_ratio: float = Field(ge=0, le=1)
    token_limits: _TokenLimits | None = None


Modalities = Annotated[list[Literal["audio", "text"]], Field(min_length=1, max_length=1)]
MaxTokens = Annotated[int, Field(ge=1, le=4096)] | Literal["inf"]
_Include = list[Literal["item.input_audio_transcription.logprobs"]]


class SessionShape(Strict):
    """A session that speaks."""

    type: Literal["realtime"]
    object: str
    id: str
    expires_at: int
    model: str | None = None
    output_modalities: Modalities | None = None
    instructions: str | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    max_output_tokens: MaxTokens | None = None
    tracing: Literal["auto"] | _Tracing | None = None
    truncation: Literal["auto", "disabled"] | _RetentionRatio | None = None
    prompt: Prompt | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    audio: _Audio
    include: _Include | None = None


class TranscriptionShape(Strict):
    """A session that only listens."""

    type: Literal["transcription"]
    object: str
    id: str
    expires_at: int
    audio: _TranscriptionAudio
    include: _Include | None = None
