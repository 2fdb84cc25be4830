"""What a client may say on a Live connection: the fields of its five messages.

Source of the fields: googleapis/python-genai 3.4.0, types.py and _live_converters.py; generative_service.proto v1beta.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, Field

from mock_servers.base.google_content import Blob, Bytes, Content, Message, Tool

__all__ = [
    "AudioTranscription",
    "AutomaticActivityDetection",
    "ClientContent",
    "ContextUpdate",
    "FunctionResponse",
    "GenerationConfig",
    "RealtimeInput",
    "SessionResumption",
    "Setup",
    "ToolResponse",
]


class PrebuiltVoiceConfig(Message):
    voice_name: str | None = None


class VoiceConsentSignature(Message):
    signature: str = ""


class ReplicatedVoiceConfig(Message):
    mime_type: str | None = None
    voice_sample_audio: Bytes = b""
    consent_audio: Bytes = b""
    voice_consent_signature: VoiceConsentSignature | None = None


class VoiceConfig(Message):
    prebuilt_voice_config: PrebuiltVoiceConfig | None = None
    replicated_voice_config: ReplicatedVoiceConfig | None = None
    voice: Any = None


class SpeechConfig(Message):
    voice_config: VoiceConfig | None = None
    language_code: str | None = None
    multi_speaker_voice_config: dict[str, Any] | None = None
    # An old spelling of the SDK, which it still sends when `speechConfig` was given as a plain voice name's model.
    voice: Any = None


class ThinkingConfig(Message):
    include_thoughts: bool | None = None
    thinking_budget: int | None = None
    thinking_level: str | None = None


class TranslationConfig(Message):
    target_language_code: str = ""
    echo_target_language: bool = False


class GenerationConfig(Message):
    response_modalities: tuple[Literal["MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO"], ...] = ()
    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    max_output_tokens: int | None = None
    seed: int | None = None
    candidate_count: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    media_resolution: str | None = None
    speech_config: SpeechConfig | None = None
    thinking_config: ThinkingConfig | None = None
    enable_affective_dialog: bool | None = None
    translation_config: TranslationConfig | None = None
    # Names of the general GenerationConfig that Live documents as unsupported: known to the parser, without effect.
    response_logprobs: bool | None = None
    logprobs: int | None = None
    response_mime_type: str | None = None
    response_schema: dict[str, Any] | None = None
    response_json_schema: Any = None
    stop_sequences: tuple[str, ...] = ()
    routing_config: dict[str, Any] | None = None
    audio_timestamp: bool | None = None
    audio_transcription_config: dict[str, Any] | None = None
    enable_enhanced_civic_answers: bool | None = None
    # Vertex calls it `modelConfig` (python-genai 3.4.0, _live_converters.py).
    model_selection_config: dict[str, Any] | None = Field(
        default=None,
        validation_alias=AliasChoices("modelSelectionConfig", "model_selection_config", "modelConfig", "model_config"),
        serialization_alias="modelSelectionConfig",
    )
    response_format: Any = None


class AutomaticActivityDetection(Message):
    disabled: bool = False
    start_of_speech_sensitivity: str | None = None
    end_of_speech_sensitivity: str | None = None
    prefix_padding_ms: int | None = Field(default=None, ge=0)
    silence_duration_ms: int | None = Field(default=None, ge=0, le=60_000)


class RealtimeInputConfig(Message):
    automatic_activity_detection: AutomaticActivityDetection = AutomaticActivityDetection()
    activity_handling: Literal["ACTIVITY_HANDLING_UNSPECIFIED", "START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION"] = (
        "START_OF_ACTIVITY_INTERRUPTS"
    )
    turn_coverage: str | None = None
    interim_transcript_timestamp_enabled: bool | None = None


class SessionResumption(Message):
    handle: str = ""
    transparent: bool | None = None


class SlidingWindow(Message):
    target_tokens: int | None = None


class ContextWindowCompression(Message):
    trigger_tokens: int | None = None
    sliding_window: SlidingWindow | None = None


class AudioTranscription(Message):
    language_codes: tuple[str, ...] = ()
    custom_vocabulary: Any = None
    word_timestamp: bool | None = None
    diarization: bool | None = None
    mode: str | None = None
    language_hints: dict[str, Any] | None = None
    language_auto: Any = None
    source_text: Any = None
    adaptation_phrases: tuple[str, ...] = ()


class Proactivity(Message):
    proactive_audio: bool | None = None
    proactive_video: bool | None = None


class HistoryConfig(Message):
    initial_history_in_client_content: bool = False


class Setup(Message):
    model: str = ""
    generation_config: GenerationConfig = GenerationConfig()
    system_instruction: Content | None = None
    tools: tuple[Tool, ...] = ()
    realtime_input_config: RealtimeInputConfig = RealtimeInputConfig()
    session_resumption: SessionResumption | None = None
    context_window_compression: ContextWindowCompression | None = None
    input_audio_transcription: AudioTranscription | None = None
    output_audio_transcription: AudioTranscription | None = None
    proactivity: Proactivity | None = None
    history_config: HistoryConfig = HistoryConfig()
    avatar_config: dict[str, Any] | None = None
    safety_settings: tuple[dict[str, Any], ...] = ()
    labels: dict[str, str] | None = None
    explicit_vad_signal: bool | None = None


class ClientContent(Message):
    turns: tuple[Content, ...] = ()
    turn_complete: bool = False


class Nothing(Message):
    """An empty object that matters by being there."""


class RealtimeInput(Message):
    audio: Blob | None = None
    video: Blob | None = None
    text: str | None = None
    media_chunks: tuple[Blob, ...] = ()
    activity_start: Nothing | None = None
    activity_end: Nothing | None = None
    audio_stream_end: bool = False


class FunctionResponse(Message):
    id: str = ""
    name: str = ""
    response: dict[str, Any] = Field(default_factory=dict)
    scheduling: Literal["SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"] | None = None
    will_continue: bool = False
    parts: tuple[dict[str, Any], ...] = ()


class ToolResponse(Message):
    function_responses: tuple[FunctionResponse, ...] = ()


class UpdatedTools(Message):
    tools: tuple[Tool, ...] = ()


class ContextUpdate(Message):
    system_instruction: Content | None = None
    tools: UpdatedTools | None = None
