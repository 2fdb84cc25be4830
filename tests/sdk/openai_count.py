"""The mock's messages, counted and checked against the types of the `openai` that is installed here.

`python -m tests.sdk.openai_count` prints one JSON object: which kinds the SDK knows and which the mock sent in the stories,
how many messages were read strictly with the SDK's models, and what is wrong. A kind that a new release of the SDK adds
is wrong until the mock has it.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import openai
from pydantic import BaseModel

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Request, Send, Session
from mock_servers.openai_realtime import OpenAIRealtime, Settings
from tests.sdk.openai_models import UNDECLARED, by_kind, complaints, every_field
from tests.support.stories.openai_realtime import BETA_STORIES, STORIES, Story

__all__ = ["counted"]

RINGING = "rtc_ringing"
"""The call that the mock has from the start."""

LATER: dict[str, tuple[str, ...]] = {}
"""What came after this SDK, fields by their kind: the mock is as the newest SDK knows it."""

LATER_STORIES: tuple[str, ...] = ()
"""Stories whose models of transcription have names that this SDK's types do not let pass."""

MAJOR = int(openai.__version__.split(".")[0])
if MAJOR < 3:
    LATER |= {"response.done": ("response.status_details.error.message",)}
if MAJOR < 2:
    LATER |= {
        "input_audio_buffer.dtmf_event_received": (),
        "response.function_call_arguments.done": ("name",),
        "conversation.item.input_audio_transcription.completed": ("languages",),
    }
    LATER_STORIES = ("words by speaker", "words while speaking", "words with their language")

NEEDED: dict[str, Any] = {
    "arguments": "{}",
    "call_id": "call_1",
    "content": [{"type": "input_text", "text": "words"}],
    "name": "words",
    "output": "words",
    "role": "user",
    "text": "words",
    "type": "message",
}
"""What the server cannot do without, and the SDK's types call optional."""

GA, BETA = "openai.types.realtime", "openai.types.beta.realtime"


def counted() -> dict[str, Any]:
    """Of the GA shape, where this SDK has it, and of the beta shape, which all have."""
    flavours = {"beta ": _Flavour.counted(BETA, BETA_STORIES, beta=True)}
    if importlib.util.find_spec(GA) is not None:
        flavours = {"": _Flavour.counted(GA, STORIES, beta=False), **flavours}
    shares = {f"{name}{side}": share for name, flavour in flavours.items() for side, share in flavour.shares.items()}
    return shares | {
        "messages_validated": sum(flavour.messages for flavour in flavours.values()),
        "invalid": [name + complaint for name, flavour in flavours.items() for complaint in flavour.invalid],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flavour:
    """What was counted of one shape of the events."""

    shares: dict[str, dict[str, list[str]]]
    messages: int
    invalid: list[str]

    @classmethod
    def counted(cls, package: str, stories: Mapping[str, Story], *, beta: bool) -> _Flavour:
        types = importlib.import_module(package)
        server, client = by_kind(types.RealtimeServerEvent), by_kind(types.RealtimeClientEvent)
        sent = {name: story() for name, story in stories.items()}
        read = [(name, send) for name, sends in sent.items() if name not in LATER_STORIES for send in sends]
        # A dict, since many messages of a story may have the same fault.
        invalid = {
            f"{name}: {send.name}: {complaint}": None for name, send in read for complaint in _of_message(send, server)
        }
        known, unknown = _fields(client, beta=beta)
        return cls(
            shares={
                "server": {
                    "sdk": sorted(server),
                    "mock": sorted({send.name for sends in sent.values() for send in sends}),
                },
                "client": {"sdk": sorted(client), "mock": sorted(known)},
            },
            messages=len(read),
            invalid=[*invalid, *unknown],
        )


def _of_message(send: Send, server: Mapping[str, type[BaseModel]]) -> Iterator[str]:
    kind = json.loads(send.payload)["type"]
    if kind != send.name:
        yield f"it says that it is {kind}"
    elif kind not in server:
        if kind not in LATER:
            yield "the SDK does not know it"
    else:
        yield from complaints(send.payload, server[kind], excused=UNDECLARED.get(kind, ()) + LATER.get(kind, ()))


def _fields(client: Mapping[str, type[BaseModel]], *, beta: bool) -> tuple[list[str], list[str]]:
    """The kinds of client messages that the mock takes, and what it does not know of them.

    Every field that the SDK can send is sent. A refused value may have its reason; a refused name has none, and after
    the lack of another field it has not been looked at.
    """
    known: list[str] = []
    unknown: list[str] = []
    for kind, model in client.items():
        refused: dict[str, list[bool]] = {}
        for path, message in every_field(model):
            error = _error(message, beta=beta)
            if error is None or error["param"] != "type":
                known.append(kind)
            untried = error is not None and error["code"] in ("unknown_parameter", "missing_required_parameter")
            refused.setdefault(path, []).append(untried)
        unknown += [f"client {kind}: {path[1:]} is not known to the mock" for path in refused if all(refused[path])]
    return list(dict.fromkeys(known)), unknown


def _error(message: dict[str, Any], *, beta: bool) -> dict[str, Any] | None:
    """What a fresh session has against this message, once it is given what it needs besides."""
    session = _session(beta=beta, query=_where(message))
    while True:
        sends = [action for action in session.received(json.dumps(message), 0.0) if isinstance(action, Send)]
        errors = [json.loads(send.payload)["error"] for send in sends if send.name == "error"]
        if not errors:
            return None
        lacks = errors[0]["code"] == "missing_required_parameter"
        if not lacks or (message := _completed(message, errors[0]["param"])) is None:
            return errors[0]


def _where(message: Mapping[str, Any]) -> dict[str, str]:
    """The sort of session in which this can be sent, as the query that asks for one."""
    if message["type"] == "transcription_session.update" or message.get("session", {}).get("type") == "transcription":
        return {"intent": "transcription"}
    return {"call_id": RINGING} if message["type"] == "output_audio_buffer.clear" else {"model": "gpt-realtime"}


def _completed(message: Mapping[str, Any], path: str) -> dict[str, Any] | None:
    """The message with what it lacks at this path, `item.content[0].text`; None if the path does not lead there."""
    whole = copy.deepcopy(dict(message))
    *way, last = re.findall(r"\w+", path)
    place: Any = whole
    try:
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
    except (KeyError, IndexError):
        return None
    if last not in NEEDED or last in place:
        return None
    place[last] = NEEDED[last]
    return whole


def _session(*, beta: bool, query: Mapping[str, str]) -> Session:
    vendor = OpenAIRealtime(Conversation(seed=1), settings=Settings(beta="served" if beta else "refused"))
    shape = (("openai-beta", "realtime=v1"),) if beta else ()
    headers = (("authorization", "Bearer sk-mock"), *shape)
    accept = Request(
        method="POST", path=f"/v1/realtime/calls/{RINGING}/accept", headers=headers, body=b'{"type": "realtime"}'
    )
    vendor.asked(accept, 0.0)
    dial = Request(method="GET", path="/v1/realtime", query=tuple(query.items()), headers=headers, is_upgrade=True)
    session = vendor.asked(dial, 0.0)
    assert not isinstance(session, Answer)
    session.opened(0.0)
    return session


if __name__ == "__main__":
    print(json.dumps(counted(), indent=2))
