"""What runs: the caller's steps, how the mock answers, how often, and which client."""

from __future__ import annotations

from typing import Any

from harness.scenario.events import matcher
from harness.scenario.mock_settings import mock_settings
from harness.scenario.model import Runs, Server, Step
from harness.scenario.quantities import duration_us, share
from harness.scenario.reading import Reading, Unread, boolean, each, free, nearest, quantity, text, whole, word
from harness.scenario.source import Node, Table

__all__ = [
    "RUNS_FIELDS",
    "SERVER_FIELDS",
    "SESSION_FIELDS",
    "STEP_FIELDS",
    "client",
    "runs",
    "server",
    "session",
    "steps",
]

STEP_FIELDS = ("at", "when", "say", "mute", "text", "answer", "after", "disconnect")
SERVER_FIELDS = ("reply_after", "turns", "settings")
RUNS_FIELDS = ("times", "pass")

SESSION_FIELDS = (
    "model_id", "audio_format", "sample_rate", "channels", "system_prompt", "temperature", "max_tokens", "tools", "voice",
    "metadata",
)  # fmt: skip
"""What sessions usually ask for. Others are let through, unless they look like one of these misspelt."""

RUNS_MAX = 10_000


def steps(node: Node, reading: Reading) -> tuple[Step, ...]:
    return each(_step, of="steps")(node, reading)


def _step(node: Node, reading: Reading) -> Step:
    fields = reading.fields(node, thing="a step", takes=STEP_FIELDS, see="What runs")
    at_us = fields.get("at", quantity(duration_us), None)
    when = fields.get("when", matcher, None)
    say_us = fields.get("say", quantity(duration_us), None)
    mute_us = fields.get("mute", quantity(duration_us), None)
    said = fields.get("text", text, None)
    answer = fields.get("answer", text, None)
    after_us = fields.get("after", quantity(duration_us), 0)
    disconnect = fields.get("disconnect", boolean, False)
    fields.one_of("at", "when")
    fields.one_of("say", "mute", "text", "answer", "disconnect")
    if say_us == 0:
        fields.note(fields.place_of("say"), "speech of no length is none", "write '3s'")
    if mute_us == 0:
        fields.note(fields.place_of("mute"), "a microphone that is off for no time is on", "write '3s'")
    if fields.has("disconnect") and disconnect is False:
        fields.note(fields.place_of("disconnect"), "'disconnect: false' does nothing", "leave the step out")
    if fields.has("answer") and (when is None or when.event != "function_call"):
        fields.note(fields.place_of("answer"), "only a function call can be answered", "write 'when: function_call'")
    if fields.has("after") and not fields.has("answer"):
        fields.note(
            fields.place_of("after"), "'after' says how long an answer takes, and there is none", "leave it out"
        )
    fields.check()
    return Step(
        at_us=at_us,
        when=when,
        say_us=say_us,
        mute_us=mute_us,
        text=said,
        answer=answer,
        after_us=after_us,
        disconnect=disconnect,
    )


def server(node: Node, reading: Reading) -> Server:
    fields = reading.fields(node, thing="'server'", takes=SERVER_FIELDS, see="What runs")
    reply_after_us = fields.get("reply_after", quantity(duration_us), None)
    turns = fields.get("turns", each(text, of="texts"), ())
    settings = fields.get("settings", mock_settings, {})
    fields.check()
    return Server(reply_after_us=reply_after_us, turns=turns, settings=settings)


def runs(node: Node, reading: Reading) -> Runs:
    fields = reading.fields(node, thing="'runs'", takes=RUNS_FIELDS, see="What runs")
    times = fields.get("times", whole(1, RUNS_MAX), 1)
    share_to_pass = fields.get("pass", quantity(share), 1.0)
    fields.check()
    return Runs(times=times, share_to_pass=share_to_pass)


def client(node: Node, reading: Reading) -> str | tuple[str, ...]:
    """A name, `python:module:factory`, or `{command: [node, app.js]}`, which gives the command's words."""
    if isinstance(node, Table):
        fields = reading.fields(node, thing="'client'", takes=("command",), see="What runs")
        command = fields.need("command", _command)
        fields.check()
        return command
    name = word(node, reading)
    if name.startswith("python:") and not all(name.removeprefix("python:").partition(":")):
        raise reading.wrong(node.place, f"'{name}' names no factory", "write it like python:my_app.calls:make_client")
    return name


def _command(node: Node, reading: Reading) -> tuple[str, ...]:
    words = each(text, of="words")(node, reading)
    if not words or not words[0]:
        raise reading.wrong(node.place, "a command needs a program", "write it like [node, app.js]")
    return words


def session(node: Node, reading: Reading) -> dict[str, Any]:
    """What the client asks for, as JSON values under the provider client's own names."""
    if not isinstance(node, Table):
        raise reading.wrong(node.place, "'session' is written as fields", "for example {system_prompt: …}")
    misspelt = False
    for entry in node.entries:
        name = entry.key.text
        # `metadata` holds whatever is not known here, so the set stays open; a near miss is still no new word.
        if name not in SESSION_FIELDS and (hint := nearest(name, SESSION_FIELDS, cutoff=0.8)):
            misspelt = True
            reading.wrong(entry.key.place, f"a session has no field '{name}'", hint)
    asked: dict[str, Any] = free(node, reading)
    if misspelt:
        raise Unread
    return asked
