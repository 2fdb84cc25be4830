"""The names of the beta's events. Source: openai 1.99.9, types/beta/realtime/realtime_{server,client}_event.py."""

from __future__ import annotations

from mock_servers.base.protocol import Catalogue

__all__ = ["BETA_CATALOGUE", "BETA_CLIENT_TYPES", "BETA_SERVER_TYPES", "RENAMED", "UNDECLARED"]

RENAMED = {
    "conversation.item.added": "conversation.item.created",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
}
"""What the GA shape calls otherwise."""

BETA_SERVER_TYPES = (
    "error",
    "session.created",
    "session.updated",
    "transcription_session.updated",
    "conversation.created",
    "conversation.item.created",
    "conversation.item.retrieved",
    "conversation.item.deleted",
    "conversation.item.truncated",
    "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.completed",
    "conversation.item.input_audio_transcription.failed",
    "input_audio_buffer.committed",
    "input_audio_buffer.cleared",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "output_audio_buffer.started",
    "output_audio_buffer.stopped",
    "output_audio_buffer.cleared",
    "response.created",
    "response.done",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.text.delta",
    "response.text.done",
    "response.audio.delta",
    "response.audio.done",
    "response.audio_transcript.delta",
    "response.audio_transcript.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "rate_limits.updated",
)

UNDECLARED = ("transcription_session.created",)
"""Sent by the beta, and no part of its SDK's union."""

BETA_CLIENT_TYPES = (
    "session.update",
    "transcription_session.update",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "output_audio_buffer.clear",
    "conversation.item.create",
    "conversation.item.truncate",
    "conversation.item.delete",
    "conversation.item.retrieve",
    "response.create",
    "response.cancel",
)

BETA_CATALOGUE = Catalogue(server=frozenset(BETA_SERVER_TYPES + UNDECLARED), client=frozenset(BETA_CLIENT_TYPES))
