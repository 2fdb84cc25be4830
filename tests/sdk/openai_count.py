"""The mock's messages, counted and checked against the types of the `openai` that is installed here.

`python -m tests.sdk.openai_count` prints one JSON object: which kinds the SDK knows and which the mock sent in the stories,
how many messages were read strictly with the SDK's models, and what is wrong. A kind that a new release of the SDK adds
is wrong until the mock has it.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from tests.support.stories.openai_realtime import BETA_STORIES, STORIES, Story

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Request, Send, Session
from mock_servers.openai_realtime import OpenAIRealtime, Settings
from tests.sdk.openai_models import UNDECLARED, by_kind, complaints, every_field

__all__ = ["counted"]

GA, BETA = "openai.types.realtime", "openai.types.beta.realtime"


def counted() -> dict[str, Any]:
    """The GA shape where this SDK has it, and the beta shape, which all have, beside it or alone."""
    flavours = [_flavour(BETA, BETA_STORIES, beta=True)]
    if importlib.util.find_spec(GA) is not None:
        flavours.insert(0, _flavour(GA, STORIES, beta=False))
    told, *beside = flavours
    for other in beside:
        told["messages_validated"] += other["messages_validated"]
        told["invalid"] += other["invalid"] + [
            f"beta: the {side}'s {kind} is never produced"
            for side in ("server", "client")
            for kind in other[side]["sdk"]
            if kind not in other[side]["mock"]
        ]
    return told


def _flavour(package: str, stories: Mapping[str, Story], *, beta: bool) -> dict[str, Any]:
    types = importlib.import_module(package)
    server, client = by_kind(types.RealtimeServerEvent), by_kind(types.RealtimeClientEvent)
    sent: dict[str, int] = {}
    invalid: list[str] = []
    for name, story in stories.items():
        for send in story():
            sent[send.name] = sent.get(send.name, 0) + 1
            invalid += [f"{name}: {send.name}: {complaint}" for complaint in _of_message(send, server)]
    known, unknown = _fields(client, beta=beta)
    return {
        "server": {"sdk": sorted(server), "mock": sorted(sent)},
        "client": {"sdk": sorted(client), "mock": sorted(known)},
        "messages_validated": sum(sent.values()),
        "invalid": [*dict.fromkeys(invalid), *unknown],
    }


def _of_message(send: Send, server: Mapping[str, type[BaseModel]]) -> Iterator[str]:
    kind = json.loads(send.payload)["type"]
    if kind != send.name:
        yield f"it says that it is {kind}"
    elif kind not in server:
        yield "the SDK does not know it"
    else:
        yield from complaints(send.payload, server[kind], excused=UNDECLARED.get(kind, ()))


def _fields(client: Mapping[str, type[BaseModel]], *, beta: bool) -> tuple[list[str], list[str]]:
    """The kinds of client messages that the mock takes, and what it does not know of them.

    Every field that the SDK can send is sent. A refused value may have its reason; a refused name has none.
    """
    known: list[str] = []
    unknown: list[str] = []
    for kind, model in client.items():
        refused: dict[str, list[bool]] = {}
        for path, message in every_field(model):
            error = _error(message, beta=beta)
            if error is None or error["param"] != "type":
                known.append(kind)
            refused.setdefault(path, []).append(error is not None and error["code"] == "unknown_parameter")
        unknown += [f"client {kind}: {path[1:]} is not known to the mock" for path in refused if all(refused[path])]
    return list(dict.fromkeys(known)), unknown


def _error(message: dict[str, Any], *, beta: bool) -> dict[str, Any] | None:
    """What a fresh session has against this message."""
    transcription = message.get("session", {}).get("type") == "transcription"
    session = _session(beta=beta, query={"intent": "transcription"} if transcription else {"model": "gpt-realtime"})
    sends = [action for action in session.received(json.dumps(message), 0.0) if isinstance(action, Send)]
    errors = [json.loads(send.payload)["error"] for send in sends if send.name == "error"]
    return errors[0] if errors else None


def _session(*, beta: bool, query: Mapping[str, str]) -> Session:
    vendor = OpenAIRealtime(Conversation(seed=1), settings=Settings(beta="served" if beta else "refused"))
    shape = (("openai-beta", "realtime=v1"),) if beta else ()
    session = vendor.asked(
        Request(
            method="GET",
            path="/v1/realtime",
            query=tuple(query.items()),
            headers=(("authorization", "Bearer sk-mock"), *shape),
            is_upgrade=True,
        ),
        0.0,
    )
    assert not isinstance(session, Answer)
    session.opened(0.0)
    return session


if __name__ == "__main__":
    print(json.dumps(counted(), indent=2))
