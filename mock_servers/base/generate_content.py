"""Gemini over REST: `generateContent` and `streamGenerateContent`, answered from what the request says.

Paths, headers and both forms of the answer as python-genai 3.4.0 uses them; the error envelope is google.rpc.Status in
JSON (google-gemini/gemini-cli#13112 for a real 429, Wei-Shaw/sub2api#1709 for a real bad key).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError

from mock_servers.base.conversation import Conversation, Reply
from mock_servers.base.google_content import Content, Message, Tool, function_names, read_json, unknown_field
from mock_servers.base.google_credentials import (
    BLOCKED_KEY,
    EXHAUSTED_KEY,
    EXPIRED_KEY,
    INVALID_KEY,
    LEAKED_KEY,
    credential,
)
from mock_servers.base.protocol import Answer, Chunk, Request

__all__ = ["answer", "error_answer", "error_body", "key_refusal", "knows_model", "serves", "what_is_wrong"]

_PATH = re.compile(
    r"/{1,2}(?:(?P<version>v\w+)/)?"
    r"(?P<model>(?:models|tunedModels)/[^/:]+|(?:projects/[^/]+/locations/[^/]+/)?publishers/[^/]+/models/[^/:]+)"
    r":(?P<method>generateContent|streamGenerateContent)"
)
"""The Gemini API's paths and, with `publishers`, Vertex's (python-genai 3.4.0, _api_client.py and models.py)."""

RETRY_AFTER_S = 39.0
"""What a spent quota tells in its RetryInfo, as in google-gemini/gemini-cli#13112."""

_CHARACTERS_PER_TOKEN = 4
_WORDS_PER_CHUNK = 4
_BETWEEN_CHUNKS_S = 0.05

_STATUS_NAMES = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: (
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential.",
    ),
    403: ("PERMISSION_DENIED", "The caller does not have permission"),
    404: ("NOT_FOUND", "Requested entity was not found."),
    429: ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    500: ("INTERNAL", "An internal error has occurred."),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
    504: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}


class _GenerateContent(Message):
    """The request's body. Settings that change nothing about a made-up answer are taken as they come."""

    model: str | None = None
    contents: tuple[Content, ...] = ()
    system_instruction: Content | None = None
    tools: tuple[Tool, ...] = ()
    generation_config: dict[str, Any] = Field(default_factory=dict)
    tool_config: dict[str, Any] | None = None
    safety_settings: tuple[dict[str, Any], ...] = ()
    cached_content: str | None = None
    labels: dict[str, str] | None = None
    service_tier: str | None = None
    store: bool | None = None


def serves(path: str) -> bool:
    """Whether the path is one that `answer` answers with more than 404."""
    return _PATH.fullmatch(path) is not None


def knows_model(model: str) -> bool:
    """A mock takes every model's name but those that say of themselves that they are `unknown` or `retired`."""
    return not ("unknown" in model or "retired" in model)


def answer(request: Request, conversation: Conversation) -> Answer:
    """The reply to the last of the contents, `conversation.reply_after_s` after the request; or the error it earns."""
    path = _PATH.fullmatch(request.path)
    if path is None or request.method != "POST":
        return error_body(404, "NOT_FOUND", "Requested entity was not found.")
    method, model, version = path["method"], path["model"], path["version"] or "v1beta"
    if (refused := key_refusal(credential(request))) is not None:
        return _as_call(refused, method, {})
    try:
        asked = _GenerateContent.model_validate(read_json(request.body))
    except ValueError as error:
        return _as_call(error_body(400, "INVALID_ARGUMENT", what_is_wrong(error)), method, {})
    told = {"model": model, **asked.model_dump(mode="json", by_alias=True, exclude_unset=True)}
    if not knows_model(model):
        return _as_call(error_body(404, "NOT_FOUND", _model_not_found(model, version, method)), method, told)
    if not asked.contents:
        problem = "* GenerateContentRequest.contents: contents is not specified\n"
        return _as_call(error_body(400, "INVALID_ARGUMENT", problem), method, told)

    response = _Response.to(asked, conversation, model=model, body=request.body)
    if method == "generateContent":
        replied = _json_answer(200, response.whole(), after_s=conversation.reply_after_s)
    else:
        replied = _streamed(response, sse=request.parameter("alt") == "sse", after_s=conversation.reply_after_s)
    return _as_call(replied, method, told)


def error_answer(status: int, *, retry_after_s: float | None = None) -> Answer:
    """The error body that Google sends with this HTTP status; `retry_after_s` adds the detail that a 429 has."""
    name, message = _STATUS_NAMES.get(status, ("UNKNOWN", "Unknown error."))
    details = [] if retry_after_s is None else [_detail("RetryInfo", retryDelay=f"{retry_after_s:g}s")]
    return error_body(status, name, message, *details)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Response:
    """What there is to say, before it is put into one body or many."""

    parts: tuple[dict[str, Any], ...]
    finish_reason: str
    prompt_tokens: int
    reply_tokens: int
    model: str
    response_id: str

    @classmethod
    def to(cls, asked: _GenerateContent, conversation: Conversation, *, model: str, body: bytes) -> _Response:
        reply = _reply(asked, conversation)
        texts = [content.text for content in (asked.system_instruction, *asked.contents) if content is not None]
        finish_reason, parts = "STOP", tuple(_parts(reply))
        limit = asked.generation_config.get("maxOutputTokens", asked.generation_config.get("max_output_tokens"))
        if isinstance(limit, int) and 0 < limit < _tokens(reply.text):
            finish_reason, parts = "MAX_TOKENS", ({"text": reply.text[: limit * _CHARACTERS_PER_TOKEN]},)
        return cls(
            parts=parts,
            finish_reason=finish_reason,
            prompt_tokens=sum(map(_tokens, texts)),
            reply_tokens=sum(_tokens(part.get("text", "") or json.dumps(part)) for part in parts),
            model=model.rpartition("/")[2],
            response_id=hashlib.sha256(body).hexdigest()[:22],
        )

    def whole(self) -> dict[str, Any]:
        return self.piece(self.parts, last=True)

    def pieces(self) -> list[dict[str, Any]]:
        """The same in a stream's pieces: text some words at a time, the reason for the end in the last."""
        split = [piece for part in self.parts for piece in _split(part)]
        return [self.piece((part,), last=number == len(split)) for number, part in enumerate(split, start=1)]

    def piece(self, parts: tuple[dict[str, Any], ...], *, last: bool) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}, "index": 0}
        usage = {"promptTokenCount": self.prompt_tokens, "totalTokenCount": self.prompt_tokens}
        if last:
            candidate["finishReason"] = self.finish_reason
            usage["candidatesTokenCount"] = self.reply_tokens
            usage["totalTokenCount"] += self.reply_tokens
        return {
            "candidates": [candidate],
            "usageMetadata": usage,
            "modelVersion": self.model,
            "responseId": self.response_id,
        }


def _reply(asked: _GenerateContent, conversation: Conversation) -> Reply:
    turn = sum(content.role == "model" for content in asked.contents)
    last = asked.contents[-1]
    results = [part.function_response for part in last.parts if part.function_response is not None]
    if results:
        said = " ".join(json.dumps(result.get("response", {}), sort_keys=True) for result in results)
        return conversation.reply(said, turn=turn)
    said = next((content.text for content in reversed(asked.contents) if content.role != "model"), "")
    return conversation.reply(said, turn=turn, tools=function_names(asked.tools))


def _parts(reply: Reply) -> list[dict[str, Any]]:
    if reply.tool_call is not None:
        return [{"functionCall": {"name": reply.tool_call.name, "args": dict(reply.tool_call.arguments)}}]
    return [{"text": reply.text}]


def _split(part: dict[str, Any]) -> list[dict[str, Any]]:
    if "text" not in part:
        return [part]
    words = re.findall(r"\s*\S+", part["text"])
    texts = ["".join(words[i : i + _WORDS_PER_CHUNK]) for i in range(0, len(words), _WORDS_PER_CHUNK)]
    return [{"text": text} for text in texts or [""]]


def _streamed(response: _Response, *, sse: bool, after_s: float) -> Answer:
    """Server-sent events where `alt=sse` asks for them, else one JSON list that grows."""
    pieces = response.pieces()
    if sse:
        bodies = [f"data: {json.dumps(piece, ensure_ascii=False)}\r\n\r\n" for piece in pieces]
    else:
        bodies = [("[" if i == 0 else ",\r\n") + _pretty(piece) for i, piece in enumerate(pieces)]
        bodies[-1] += "]"
    return Answer(
        status=200,
        headers=(("content-type", "text/event-stream" if sse else _JSON),),
        body=tuple(
            Chunk(data=body.encode(), after_s=_BETWEEN_CHUNKS_S if i else after_s) for i, body in enumerate(bodies)
        ),
        server_body=response.whole(),
    )


_JSON = "application/json; charset=UTF-8"


def _json_answer(status: int, body: Mapping[str, Any], *, after_s: float = 0.0) -> Answer:
    chunk = Chunk(data=_pretty(body).encode(), after_s=after_s)
    return Answer(status=status, headers=(("content-type", _JSON),), body=(chunk,), server_body=body)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _as_call(answer: Answer, method: str, told: Mapping[str, Any]) -> Answer:
    return Answer(
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        client_name=method,
        client_body=told,
        server_name=method,
        server_body=answer.server_body,
    )


def error_body(status: int, name: str, message: str, *details: dict[str, Any]) -> Answer:
    """An error in google.rpc's envelope."""
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    if details:
        error["details"] = list(details)
    return _json_answer(status, {"error": error})


def _detail(kind: str, **fields: Any) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/google.rpc.{kind}", **fields}


def key_refusal(key: str) -> Answer | None:
    """The answer to a request with this key, if it is not good."""
    if key == BLOCKED_KEY:
        return error_body(400, "FAILED_PRECONDITION", "User location is not supported for the API use.")
    if key == EXHAUSTED_KEY:
        return _quota_refusal()
    if not key:
        message = (
            "Method doesn't allow unregistered callers (callers without established identity). "
            "Please use API Key or other form of API consumer identity to call this API."
        )
        return error_body(403, "PERMISSION_DENIED", message)
    if key == LEAKED_KEY:
        message = "Your API key was reported as leaked. Please use another API key."
        return error_body(403, "PERMISSION_DENIED", message)
    if key in (INVALID_KEY, EXPIRED_KEY):
        message = (
            "API key not valid. Please pass a valid API key."
            if key == INVALID_KEY
            else "API key expired. Please renew the API key."
        )
        info = _detail("ErrorInfo", reason="API_KEY_INVALID", domain="googleapis.com")
        return error_body(400, "INVALID_ARGUMENT", message, info)
    return None


def _quota_refusal() -> Answer:
    message = "You exceeded your current quota, please check your plan and billing details."
    exceeded = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
        "quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        "quotaDimensions": {"location": "global"},
        "quotaValue": "250",
    }
    learn = {
        "description": "Learn more about Gemini API quotas",
        "url": "https://ai.google.dev/gemini-api/docs/rate-limits",
    }
    details = (
        _detail("Help", links=[learn]),
        _detail("QuotaFailure", violations=[exceeded]),
        _detail("RetryInfo", retryDelay=f"{RETRY_AFTER_S:g}s"),
    )
    return error_body(429, "RESOURCE_EXHAUSTED", message, *details)


def what_is_wrong(error: Exception) -> str:
    """What a request's error says of a body that could not be read."""
    unknown = unknown_field(error) if isinstance(error, ValidationError) else None
    if unknown is None:
        return "Request contains an invalid argument."
    name, path = unknown
    where = f" at '{path}'" if path else ""
    return f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'


def _model_not_found(model: str, version: str, method: str) -> str:
    return (
        f"{model} is not found for API version {version}, or is not supported for {method}. "
        "Call ListModels to see the list of available models and their supported methods."
    )


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_PER_TOKEN)
