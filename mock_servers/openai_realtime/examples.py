"""A valid message of every server event, for a fault that sends one out of turn.

Their ids belong to nothing that the client knows: a client has to bear that too.
"""

from __future__ import annotations

from typing import Any

from mock_servers.openai_realtime.configuration import Configuration
from mock_servers.openai_realtime.errors import provider_error
from mock_servers.openai_realtime.identifiers import Identifiers

__all__ = ["example"]


def example(name: str, ids: Identifiers) -> dict[str, Any]:
    """A message of this type. Raises KeyError if there is none."""
    item_id, response_id = ids.new("item_", 0), ids.new("resp_", 0)
    item = {
        "id": item_id,
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Hello."}],
    }
    response = {
        "object": "realtime.response",
        "id": response_id,
        "status": "completed",
        "status_details": None,
        "output": [],
        "conversation_id": None,
        "output_modalities": ["audio"],
        "max_output_tokens": "inf",
        "audio": {"output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"}},
        "usage": None,
        "metadata": None,
    }
    of_item = {"item_id": item_id}
    in_item = {"item_id": item_id, "content_index": 0}
    of_output = {"response_id": response_id, "output_index": 0, "item": item}
    in_output = {"response_id": response_id, "item_id": item_id, "output_index": 0}
    in_part = in_output | {"content_index": 0}
    in_call = in_output | {"call_id": ids.call()}
    arguments = {"arguments": "{}"}
    session = Configuration(session_id=ids.new("sess_", 0), expires_at=0, model="gpt-realtime").document()
    no_usage = {"type": "duration", "seconds": 0.0}
    transcription = "conversation.item.input_audio_transcription."
    segment = {"id": "seg_0", "speaker": "A", "start": 0.0, "end": 0.5, "text": "Hello."}
    limit = {"name": "tokens", "limit": 15_000_000, "remaining": 15_000_000, "reset_seconds": 0.0}
    fields: dict[str, dict[str, Any]] = {
        "error": {"error": provider_error("server_error", session_id=ids.new("sess_", 0)).event()},
        "session.created": {"session": session},
        "session.updated": {"session": session},
        "conversation.created": {"conversation": {"id": ids.new("conv_", 0), "object": "realtime.conversation"}},
        "conversation.item.added": {"previous_item_id": None, "item": item},
        "conversation.item.created": {"previous_item_id": None, "item": item},
        "conversation.item.done": {"previous_item_id": None, "item": item},
        "conversation.item.retrieved": {"item": item},
        "conversation.item.deleted": of_item,
        "conversation.item.truncated": in_item | {"audio_end_ms": 0},
        transcription + "delta": in_item | {"delta": "Hello."},
        transcription + "completed": in_item | {"transcript": "Hello.", "usage": no_usage},
        transcription + "failed": in_item | {"error": {"type": "transcription_error", "code": "audio_unintelligible"}},
        transcription + "segment": in_item | segment,
        "input_audio_buffer.committed": of_item | {"previous_item_id": None},
        "input_audio_buffer.cleared": {},
        "input_audio_buffer.speech_started": of_item | {"audio_start_ms": 0},
        "input_audio_buffer.speech_stopped": of_item | {"audio_end_ms": 500},
        "input_audio_buffer.timeout_triggered": of_item | {"audio_start_ms": 0, "audio_end_ms": 5000},
        "input_audio_buffer.dtmf_event_received": {"event": "9", "received_at": 0},
        "output_audio_buffer.started": {"response_id": response_id},
        "output_audio_buffer.stopped": {"response_id": response_id},
        "output_audio_buffer.cleared": {"response_id": response_id},
        "response.created": {"response": response | {"status": "in_progress"}},
        "response.done": {"response": response},
        "response.output_item.added": of_output,
        "response.output_item.done": of_output,
        "response.content_part.added": in_part | {"part": {"type": "audio", "transcript": ""}},
        "response.content_part.done": in_part | {"part": {"type": "audio", "transcript": ""}},
        "response.output_text.delta": in_part | {"delta": "Hello."},
        "response.output_text.done": in_part | {"text": "Hello."},
        "response.output_audio.delta": in_part | {"delta": ""},
        "response.output_audio.done": in_part,
        "response.output_audio_transcript.delta": in_part | {"delta": "Hello."},
        "response.output_audio_transcript.done": in_part | {"transcript": "Hello."},
        "response.function_call_arguments.delta": in_call | {"delta": "{}"},
        "response.function_call_arguments.done": in_call | arguments | {"name": "nothing"},
        "response.mcp_call_arguments.delta": in_output | {"delta": "{}"},
        "response.mcp_call_arguments.done": in_output | arguments,
        "response.mcp_call.in_progress": of_item | {"output_index": 0},
        "response.mcp_call.completed": of_item | {"output_index": 0},
        "response.mcp_call.failed": of_item | {"output_index": 0},
        "mcp_list_tools.in_progress": of_item,
        "mcp_list_tools.completed": of_item,
        "mcp_list_tools.failed": of_item,
        "rate_limits.updated": {"rate_limits": [limit]},
    }
    envelope = {"type": name}
    if name != "input_audio_buffer.dtmf_event_received":
        # The one event that the SDK's models give no event_id.
        envelope["event_id"] = ids.new("event_", 0)
    return envelope | fields[name]
