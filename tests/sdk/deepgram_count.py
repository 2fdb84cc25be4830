"""The mock's messages, counted and checked against the types of the `deepgram-sdk` that is installed here.

`python -m tests.sdk.deepgram_count` prints one JSON object: which kinds of messages the SDK knows and which the mock sent
in the stories, how many of them were read strictly with the SDK's models, and what is wrong. A kind, a field, a query
parameter or a whole socket that a new release of the SDK adds is wrong until the mock has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from deepgram.types.grant_v1response import GrantV1Response
from deepgram.types.listen_v1response import ListenV1Response
from pydantic import BaseModel

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Close, Heard, Request, Send, Session
from mock_servers.base.voice import CALLER_STREAM, coded
from mock_servers.deepgram import Deepgram
from tests.sdk.deepgram_models import AUDIO, Surface, complaints, kinds_of, surfaces, wire_messages
from tests.support.stories.deepgram import STORIES

__all__ = ["counted"]

LEFT_OUT = {"agent.v1": "the voice agent is a product of its own; mock_servers/README.md, 'Not imitated'"}
"""Sockets of the SDK that the mock does not have."""

UNDECLARED = {
    "listen.v1 Metadata": ("models", "model_info"),
    "speak.v1 Warning": ("code", "description", "warn_code", "warn_msg"),
    "POST /v1/listen": ("metadata.created", "results.channels[].alternatives[].words[].punctuated_word"),
}
"""What the service sends otherwise than the SDK's newest models declare: Metadata, a public capture of 2026-08-25; the
warning's two fields under other names, deepgram-python-sdk#653; the words of a recording, docs/pre-recorded-audio
(deepgram-docs@4bf994f). A date is no fault of the mock: the SDK reads it in Python before pydantic does, which then, being
strict, wants no text; the capability "a recording by REST" sees that it is one."""

UNDECLARED_BEFORE_7 = {
    "listen.v1 Results": ("metadata.diarize_info", "channel.alternatives[].languages_hinted"),
    "listen.v2 TurnInfo": ("trigger", "words[].start", "words[].end", "languages", "languages_hinted"),
}
"""What version 7 declares and version 6 does not yet."""

MODELS = {
    "listen.v1": "nova-3",
    "listen.v2": "flux-general-multi",
    "speak.v1": "aura-2-thalia-en",
    "speak.v2": "flux-alexis-en",
}
KEY = ("authorization", "Token a-key")
SOUND = {"encoding": "linear16", "sample_rate": "16000"}

QUERY = {
    "channels": "1",
    "detect_entities": "true",
    "diarize": "true",
    "diarize_model": "latest",
    "dictation": "true",
    "eager_eot_threshold": "0.5",
    "encoding": "linear16",
    "endpointing": "300",
    "eot_threshold": "0.7",
    "eot_timeout_ms": "1000",
    "expressivity": "1",
    "extra": "key:value",
    "interim_results": "true",
    "keyterm": "deadair",
    "keywords": "deadair:2",
    "language": "en",
    "language_hint": "en",
    "mip_opt_out": "true",
    "model": "",
    "multichannel": "true",
    "numerals": "true",
    "profanity_filter": "true",
    "punctuate": "true",
    "redact": "numbers",
    "replace": "dead:alive",
    "sample_rate": "16000",
    "search": "deadair",
    "smart_format": "true",
    "speed": "1.25",
    "tag": "a-tag",
    "utterance_end_ms": "1000",
    "vad_events": "true",
    "version": "latest",
}
"""A good value for each parameter of `connect`."""

TOGETHER = {
    "utterance_end_ms": {"interim_results": "true"},
    "keywords": {"model": "nova-2"},
    "language_hint": {"language": "multi"},
}
"""What a parameter of /v1/listen needs beside it."""

NO_PARAMETERS = {"self", "authorization", "request_options"}
LEFT_OUT_PARAMETERS = {"callback", "callback_method"}
"""A mock opens no connection to anyone, so it refuses them: 'Not imitated'."""


def counted() -> dict[str, Any]:
    told: dict[str, Any] = {
        "server": {"sdk": [], "mock": []},
        "client": {"sdk": [], "mock": []},
        "messages_validated": 0,
        "invalid": [],
        "left_out": LEFT_OUT,
    }
    sent = _sent()
    for surface in surfaces():
        if surface.name in LEFT_OUT:
            continue
        _count_server(surface, sent.pop(surface.name, []), told)
        _count_client(surface, told)
        told["invalid"] += _unknown_parameters(surface)
    _count_rest(told)
    for name in sent:
        if _is_newest() and not name.startswith("rest"):
            told["invalid"].append(f"the SDK has no {name}, but there are stories of it")
    told["invalid"] = list(dict.fromkeys(told["invalid"]))
    return told


def _is_newest() -> bool:
    return int(version("deepgram-sdk").split(".")[0]) >= 7


def _sent() -> dict[str, list[tuple[str, Send]]]:
    """What the mock sent in each story, by the socket that the story's name begins with (`listen_v1 …`)."""
    sent: dict[str, list[tuple[str, Send]]] = {}
    for name, story in STORIES.items():
        surface = ".".join(name.replace("_", " ").split()[:2])
        sent.setdefault(surface, []).extend((name, send) for send in story())
    return sent


# ── the server's side ────────────────────────────────────────────────────────


def _count_server(surface: Surface, sent: list[tuple[str, Send]], told: dict[str, Any]) -> None:
    kinds: dict[str, None] = {}
    for story, send in sent:
        for kind in _kinds(send):
            kinds[f"{surface.name} {kind}"] = None
        told["messages_validated"] += 1
        told["invalid"] += [
            f"{surface.name}, story {story!r}: {send.name}: {what}" for what in _of_message(surface, send)
        ]
    told["server"]["sdk"] += sorted(f"{surface.name} {kind}" for kind in surface.server)
    told["server"]["mock"] += sorted(kinds)


def _kinds(send: Send) -> list[str]:
    return [AUDIO] if isinstance(send.payload, bytes) else kinds_of(json.loads(send.payload))


def _of_message(surface: Surface, send: Send) -> Iterator[str]:
    kind, *_ = _kinds(send)
    if kind != send.name:
        yield f"it says that it is {kind}"
    elif kind not in surface.server:
        if _is_newest():
            yield "the SDK does not know it"
    elif (model := surface.server[kind]) is not None:
        name = f"{surface.name} {kind}"
        excused = UNDECLARED.get(name, ()) + (() if _is_newest() else UNDECLARED_BEFORE_7.get(name, ()))
        yield from complaints(send.payload, model, excused=excused)


def _count_rest(told: dict[str, Any]) -> None:
    """The answers that are JSON; speech is bytes."""
    calls: tuple[tuple[str, type[BaseModel], bytes, tuple[tuple[str, str], ...]], ...] = (
        ("/v1/auth/grant", GrantV1Response, b'{"ttl_seconds": 30}', ()),
        (
            "/v1/listen",
            ListenV1Response,
            coded(CALLER_STREAM, 0, 64_000),
            (("model", "nova-3"), ("punctuate", "true"), *SOUND.items()),
        ),
    )
    for path, model, body, query in calls:
        request = Request(method="POST", path=path, query=query, headers=(KEY,), body=body)
        answer = Deepgram(Conversation(seed=1)).asked(request, 0.0)
        assert isinstance(answer, Answer)
        payload = b"".join(chunk.data for chunk in answer.body)
        told["messages_validated"] += 1
        excused = UNDECLARED.get(f"POST {path}", ())
        told["invalid"] += [f"POST {path}: {what}" for what in complaints(payload, model, excused=excused)]


# ── the client's side ────────────────────────────────────────────────────────


def _count_client(surface: Surface, told: dict[str, Any]) -> None:
    """Every message that the SDK can send, with every field, is understood."""
    sdk: dict[str, None] = {}
    mock: dict[str, None] = {}
    for method, payload in wire_messages(surface):
        kind = f"{surface.name} {_client_kind(payload)}"
        sdk[kind] = None
        wrong = _misunderstood(surface, payload)
        if wrong is None:
            mock[kind] = None
        else:
            told["invalid"].append(f"{surface.name}: {method} with {payload!r:.120}: {wrong}")
    told["client"]["sdk"] += sorted(sdk)
    told["client"]["mock"] += sorted(mock)


def _client_kind(payload: str | bytes) -> str:
    return "Media" if isinstance(payload, bytes) else str(json.loads(payload)["type"])


def _misunderstood(surface: Surface, payload: str | bytes) -> str | None:
    """What a fresh connection has against this message, or None."""
    kind = _client_kind(payload)
    session = _asked(surface, {})
    assert not isinstance(session, Answer)
    session.opened(0.0)
    actions = session.received(payload, 0.0)
    heard = [action.name for action in actions if isinstance(action, Heard)]
    if heard != [kind]:
        return f"the mock took it for {', '.join(heard) or 'nothing'}"
    for action in actions:
        if isinstance(action, Send) and action.name in ("Error", "ConfigureFailure"):
            return f"it was answered with {action.payload!r}"
        if isinstance(action, Close) and action.code not in (None, 1000):
            return f"the mock hung up with {action.code} {action.reason}"
    return None


def _unknown_parameters(surface: Surface) -> Iterator[str]:
    for name in surface.connect.parameters:
        if name in NO_PARAMETERS or name in LEFT_OUT_PARAMETERS:
            continue
        if name not in QUERY:
            yield f"{surface.name}: connect has a parameter {name} that this test knows no value for"
            continue
        beside = TOGETHER.get(name, {}) if surface.name == "listen.v1" else {}
        given = {} if name == "model" else {name: QUERY[name]}
        answer = _asked(surface, {**given, **beside})
        if isinstance(answer, Answer):
            yield f"{surface.name}: the parameter {name} is refused: {dict(answer.headers).get('dg-error')}"


def _asked(surface: Surface, query: Mapping[str, str]) -> Session | Answer:
    path = "/" + "/".join(reversed(surface.name.split(".")))
    return Deepgram(Conversation(seed=1)).asked(
        Request(
            method="GET",
            path=path,
            query=tuple({"model": MODELS[surface.name], **SOUND, **query}.items()),
            headers=(KEY,),
            is_upgrade=True,
        ),
        0.0,
    )


if __name__ == "__main__":
    print(json.dumps(counted(), indent=2))
