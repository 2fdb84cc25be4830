"""The mock's messages, counted and checked against the types of the google-genai that is installed here.

`python -m tests.sdk.gemini_count` prints one JSON object: the kinds of messages that the SDK knows and those that the mock
sent in the stories, every field below them, what the SDK can send and the mock takes, how many messages were read strictly
with the SDK's models, and what is wrong. What a new release of the SDK adds is missing until the mock has it.
"""

from __future__ import annotations

import json
from typing import Any

from google.genai import types

from tests.sdk.gemini_asking import taken
from tests.sdk.gemini_models import complaints, fields_in, fields_of, kinds
from tests.support.stories.gemini_live import STORIES

__all__ = ["counted"]

OVER_HTTP = ("generateContent", "streamGenerateContent")

_AS_TOOL_CALL = "the Live API calls functions in toolCall, never in a part (types.py, LiveServerToolCall)"
_STREAMED = "arguments come in pieces if toolConfig says so, and a Live setup has none (types.py, LiveClientSetup)"
_OF_THE_CLIENT = "only a client says this of what it sends; Part is one type for both directions"
_CACHED = "the Live models have no context caching (ai.google.dev/gemini-api/docs/models, read 2026-11)"
_NOT_LIVE = "server-side tool calls are shown if toolConfig asks for them, and a Live setup has none"
_OLD = "the plural superseded it, and a Live recording has never shown it"
_PLACED = "rendered parts are those of a search widget in text, and Live answers with speech"

NO_REASON = {
    "Part.functionCall": _AS_TOOL_CALL,
    "FunctionCall.partialArgs": _STREAMED,
    "FunctionCall.willContinue": _STREAMED,
    "PartialArg": _STREAMED,
    "Part.functionResponse": _OF_THE_CLIENT,
    "FunctionResponse": _OF_THE_CLIENT,
    "FunctionResponsePart": _OF_THE_CLIENT,
    "FunctionResponseBlob": _OF_THE_CLIENT,
    "FunctionResponseFileData": _OF_THE_CLIENT,
    "Part.fileData": _OF_THE_CLIENT,
    "FileData": _OF_THE_CLIENT,
    "Part.mediaResolution": _OF_THE_CLIENT,
    "PartMediaResolution": _OF_THE_CLIENT,
    "Part.partMetadata": _OF_THE_CLIENT,
    "Part.mediaProcessing": _OF_THE_CLIENT,
    "Part.videoMetadata": _OF_THE_CLIENT,
    "VideoMetadata": _OF_THE_CLIENT,
    "Part.speechMetadata": _OF_THE_CLIENT,
    "SpeechMetadata": _OF_THE_CLIENT,
    "Part.documentMetadata": _OF_THE_CLIENT,
    "DocumentMetadata": _OF_THE_CLIENT,
    "Part.spreadsheetMetadata": _OF_THE_CLIENT,
    "SpreadsheetMetadata": _OF_THE_CLIENT,
    "Part.audioMetadata": _OF_THE_CLIENT,
    "AudioMetadata": _OF_THE_CLIENT,
    "Part.audioTranscription": "Live tells transcriptions beside the turn, in outputTranscription",
    "Blob.displayName": "only prompt management returns it (types.py, Blob)",
    "Part.toolCall": _NOT_LIVE,
    "ToolCall": _NOT_LIVE,
    "Part.toolResponse": _NOT_LIVE,
    "ToolResponse": _NOT_LIVE,
    "GroundingChunkMapsPlaceAnswerSources.reviewSnippet": _OLD,
    "GroundingSupport.renderedParts": _PLACED,
    "UsageMetadata.cachedContentTokenCount": _CACHED,
    "UsageMetadata.cacheTokensDetails": _CACHED,
}
"""What no Live session says, by the field, or by the type for all its fields; and why."""


def counted() -> dict[str, Any]:
    sent: dict[str, int] = {}
    fields: dict[str, None] = {}
    invalid: dict[str, None] = {}
    for story, play in STORIES.items():
        on_vertex = story.startswith("vertex")
        for send in play():
            sent[send.name] = sent.get(send.name, 0) + 1
            for complaint in complaints(send.name, send.payload, on_vertex=on_vertex):
                invalid[f"{story}: {send.name}: {complaint}"] = None
            if send.name not in OVER_HTTP:
                fields |= dict.fromkeys(fields_in(send.payload, on_vertex=on_vertex))
    client_kinds, client_fields, refused = taken()
    return {
        "server": _share(kinds(types.LiveServerMessage), fields, of="LiveServerMessage"),
        "server content": _share(kinds(types.LiveServerContent), fields, of="LiveServerContent"),
        "server fields": {"sdk": fields_of(types.LiveServerMessage), "mock": list(fields)},
        "client": client_kinds,
        "client fields": client_fields,
        "messages_validated": sum(sent.values()),
        "invalid": [*invalid, *refused],
        "no_reason": _unsaid(fields),
    }


def _share(known: list[str], fields: dict[str, None], *, of: str) -> dict[str, list[str]]:
    return {"sdk": known, "mock": [kind for kind in known if f"{of}.{kind}" in fields]}


def _unsaid(fields: dict[str, None]) -> dict[str, str]:
    """The fields that have a reason to be missing, and are."""
    missing = [field for field in fields_of(types.LiveServerMessage) if field not in fields]
    reasons = {field: NO_REASON.get(field, NO_REASON.get(field.partition(".")[0])) for field in missing}
    return {field: reason for field, reason in reasons.items() if reason is not None}


if __name__ == "__main__":
    print(json.dumps(counted()))
