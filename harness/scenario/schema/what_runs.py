"""What runs: the fields of a scenario, the steps of its script, the settings of its mock."""

from __future__ import annotations

from harness.scenario import catalogue
from harness.scenario.case import CLOCKS, SEED_MAX
from harness.scenario.mock_settings import SETTINGS, WHOLE_MAX, Kind
from harness.scenario.schema.explained import Explained
from harness.scenario.schema.pieces import Schema, choice, flag, listed, or_name, ref, said, table, whole

__all__ = ["DEEDS", "MOMENTS", "scenario_fields", "step_fields"]

MOMENTS = ("at", "when")
DEEDS = ("say", "mute", "text", "answer", "disconnect")
"""A step has one of each."""


def scenario_fields(explained: Explained) -> dict[str, Schema]:
    text = {"type": "string"}
    return {
        "scenario": said({"type": "string", "pattern": r"^(?!.*::)[^\[\]]+$"}, "The name; unique in its file."),
        "summary": said(text, "What a caller would live through, in a sentence."),
        "source": said({"type": "string", "pattern": "^https?://"}, "Where this happened: an incident's address."),
        "tags": said(listed(text), "Words to choose scenarios by."),
        "provider": said(
            {"anyOf": [{"enum": list(catalogue.PROVIDERS)}, listed({"enum": list(catalogue.PROVIDERS)}, least=1)]},
            "Who is called; a list gives a case for each.",
        ),
        "client": said(
            {"anyOf": [text, {**table({"command": listed({}, least=1)}), "required": ["command"]}]},
            "Who is tested; deadair's own client of that provider by default.",
        ),
        "session": said({"type": "object"}, "What the client asks for: system_prompt, tools, voice, temperature, …"),
        "script": said(or_name(listed(ref("step"))), "What the caller does; by default they talk in turns."),
        "server": said(
            or_name(
                table(
                    {
                        "reply_after": said(ref("duration"), "From the end of the caller's turn to the answer."),
                        "turns": said(or_name(listed({})), "What the agent says, turn by turn."),
                        "settings": said(table(_settings(explained)), "Settings of the provider's mock."),
                    }
                )
            ),
            "How the mock answers.",
        ),
        "clock": said(choice(CLOCKS), "Which clock it needs; the command line decides by default."),
        "seed": said(whole(0, SEED_MAX), "Whatever is left to chance is drawn from it."),
        "runs": said(
            or_name(table({"times": whole(1, 10_000), "pass": ref("share")})),
            "How often it is run, and what share must pass.",
        ),
        "matrix": said(
            {
                "type": "object",
                "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
                "additionalProperties": listed({}, least=1),
            },
            "Names with their values: a case for each combination, $name is put in.",
        ),
        "faults": said(or_name(listed(ref("fault"))), "What goes wrong."),
        "expect": said(ref("expect"), "What must hold."),
    }


def step_fields() -> dict[str, Schema]:
    return {
        "at": said(ref("duration"), "Since the run began."),
        "when": said(ref("matcher"), "Once this has happened."),
        "say": said(ref("duration"), "Speech of this length."),
        "mute": said(ref("duration"), "The microphone is off for this long: nothing is sent, not even silence."),
        "text": said({}, "A text message."),
        "answer": said({}, "What the application's function returns, to each call of it that 'when' means."),
        "after": said(ref("duration"), "How long the function takes."),
        "disconnect": said(flag(), "The application hangs up."),
    }


def _settings(explained: Explained) -> dict[str, Schema]:
    """Of all providers; which of them has which is said in `providers`, as far as it can be."""
    takes: dict[str, Schema] = {}
    for provider in catalogue.PROVIDERS:
        for name, kind in SETTINGS[provider].items():
            setting = said(_setting(kind), explained.settings.get(provider, {}).get(name, f"Of {provider}."))
            takes[name] = {"anyOf": [takes[name], setting]} if name in takes else setting
    return takes


def _setting(kind: Kind) -> Schema:
    if isinstance(kind, tuple):
        return choice(kind)
    return {bool: flag(), int: whole(0, WHOLE_MAX), float: or_name({"type": "number", "minimum": 0}), str: {}}[kind]
