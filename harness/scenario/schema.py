"""The format as a JSON Schema, for editors: completion, help and red lines while a scenario is written.

It says what can be said without knowing the whole file. What needs the whole (two ends of one fault, an event of another
provider, a name that is not in the matrix) is left to loading, which has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.scenario import catalogue, quantities
from harness.scenario.actions import BAD_FRAMES, FORMS, PHASES, STREAMS, TLS_FAULTS, WORDS
from harness.scenario.case import CLOCKS, SEED_MAX
from harness.scenario.expect import AGENT_AUDIO_FIELDS, AUDIO_FIELDS, STATES, STATISTICS
from harness.scenario.invariants import INVARIANTS, LIMITS
from harness.scenario.limits import Limits
from harness.scenario.mock_settings import SETTINGS, WHOLE_MAX, Kind

__all__ = ["schema"]

Schema = dict[str, Any]

_NAME = r"\$[a-z][a-z0-9_]*"
_COMPARED = r"(?:(?:<=|>=|==|<|>) *)?"


def schema() -> Schema:
    """The whole schema (JSON Schema 2020-12). A new one each time: change it as you like."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "deadair scenarios, version 1",
        "type": "object",
        "required": ["deadair"],
        "properties": {
            "deadair": {"const": 1, "description": "The version of the format, in the first line."},
            "include": _said(
                {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                "Files of this project whose defaults are taken, relative to this file.",
            ),
            "defaults": _said(_table(_scenario_fields()), "What the scenarios of this file share."),
            "scenarios": _said(
                _list({**_table(_scenario_fields()), "required": ["scenario"]}, least=1),
                "Several scenarios. Each value replaces its default; 'expect' is joined key by key.",
            ),
            **_scenario_fields(),
        },
        "additionalProperties": False,
        "$defs": _definitions(),
    }


def _definitions() -> Schema:
    return {
        "name": {"type": "string", "pattern": f"^{_NAME}$", "description": "A value of the matrix is put in here."},
        "duration": _pattern(quantities.DURATION, "A span of time: 500ms, 1.5s, 2m, 1h."),
        "duration_bound": _pattern(_COMPARED + quantities.DURATION, 'A limit on a time: "<= 100ms".'),
        "rate": _pattern(quantities.RATE, "Bytes per second: 64KB/s, where 1 KB is 1000 bytes."),
        "size": _pattern(quantities.SIZE, "Bytes: 300B, 64KB."),
        "share": _pattern(quantities.SHARE, "A share: 30%."),
        "tolerance": _pattern(
            rf"(?:±|\+/-|\+-) *(?:{quantities.SHARE}|{quantities.DURATION})|{quantities.SHARE} *\.\. *{quantities.SHARE}",
            "How far a wait may be off: ±5%, ±50ms or 75%..100%.",
        ),
        "count": {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": f"^(?:{_COMPARED}[0-9]+|.*{_NAME}.*)$"},
            ],
            "description": 'How often: 3, or "<= 3".',
        },
        "event": {
            "anyOf": [
                {"enum": list(catalogue.events(None))},
                {"type": "string", "pattern": rf"^(?:fault\.[a-z][a-z0-9_-]*(?:\.healed)?|{_NAME})$"},
            ],
            "description": "An event: connection.*, wire.*, run.*, caller.*, server.<message>, client.<message>, fault.<id>.",
        },
        "matcher": _matcher({}),
        "line": {
            "anyOf": [
                _matcher(_LINE_OPTIONS),
                {**_table({"any_order": _list(_ref("matcher"), least=1), **_LINE_OPTIONS}), "required": ["any_order"]},
            ]
        },
        "never": _matcher({"until": _said(_ref("matcher"), "Only until this event.")}),
        "step": _table(_step_fields()),
        "action": _action(),
        "fault": {**_table(_fault_fields()), "required": ["do"]},
        "expect": _table(_expect_fields()),
    }


# ── what runs ────────────────────────────────────────────────────────────────


def _scenario_fields() -> dict[str, Schema]:
    text = {"type": "string"}
    return {
        "scenario": _said(text, "The name; unique in its file."),
        "summary": _said(text, "What a caller would live through, in a sentence."),
        "source": _said({"type": "string", "pattern": "^https?://"}, "Where this happened: an incident's address."),
        "tags": _said(_list(text), "Words to choose scenarios by."),
        "provider": _said(
            {"anyOf": [{"enum": list(catalogue.PROVIDERS)}, _list({"enum": list(catalogue.PROVIDERS)}, least=1)]},
            "Who is called; a list gives a case for each.",
        ),
        "client": _said(
            {"anyOf": [text, {**_table({"command": _list({}, least=1)}), "required": ["command"]}]},
            "Who is tested; deadair's own client of that provider by default.",
        ),
        "session": _said({"type": "object"}, "What the client asks for: system_prompt, tools, voice, temperature, …"),
        "script": _said(_or_name(_list(_ref("step"))), "What the caller does; by default they talk in turns."),
        "server": _said(
            _or_name(
                _table(
                    {
                        "reply_after": _said(_ref("duration"), "From the end of the caller's turn to the answer."),
                        "turns": _said(_or_name(_list({})), "What the agent says, turn by turn."),
                        "settings": _said(_table(_settings()), "Settings of the provider's mock."),
                    }
                )
            ),
            "How the mock answers.",
        ),
        "clock": _said(_choice(CLOCKS), "Which clock it needs; the command line decides by default."),
        "seed": _said(_whole(0, SEED_MAX), "Whatever is left to chance is drawn from it."),
        "runs": _said(
            _or_name(_table({"times": _whole(1, 10_000), "pass": _ref("share")})),
            "How often it is run, and what share must pass.",
        ),
        "matrix": _said(
            {"type": "object", "additionalProperties": _list({}, least=1)},
            "Names with their values: a case for each combination, $name is put in.",
        ),
        "faults": _said(_or_name(_list(_ref("fault"))), "What goes wrong."),
        "expect": _said(_ref("expect"), "What must hold."),
    }


def _settings() -> dict[str, Schema]:
    """Which provider has which is left to loading."""
    takes: dict[str, Schema] = {}
    for provider in catalogue.PROVIDERS:
        for name, kind in SETTINGS[provider].items():
            if name in takes and takes[name] != _setting(kind):
                takes[name] = {"anyOf": [takes[name], _setting(kind)]}
            else:
                takes[name] = _setting(kind)
    return takes


def _setting(kind: Kind) -> Schema:
    if isinstance(kind, tuple):
        return _choice(kind)
    return {bool: _flag(), int: _whole(0, WHOLE_MAX), float: _or_name({"type": "number", "minimum": 0}), str: {}}[kind]


def _step_fields() -> dict[str, Schema]:
    return {
        "at": _said(_ref("duration"), "Since the run began."),
        "when": _said(_ref("matcher"), "Once this has happened."),
        "say": _said(_ref("duration"), "Speech of this length."),
        "mute": _said(_ref("duration"), "The microphone is off for this long: nothing is sent, not even silence."),
        "text": _said({}, "A text message."),
        "answer": _said({}, "What the application's function returns, to each call of it that 'when' means."),
        "after": _said(_ref("duration"), "How long the function takes."),
        "disconnect": _said(_flag(), "The application hangs up."),
    }


# ── what goes wrong ──────────────────────────────────────────────────────────


def _fault_fields() -> dict[str, Schema]:
    where = {"anyOf": [_choice(("live", "next", "all")), _table({"nth": _whole(1, 10_000)})]}
    return {
        "id": _said({"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"}, "Names its events: fault.<id>."),
        "at": _said(_ref("duration"), "Since the run began."),
        "when": _said(_ref("matcher"), "Once this has happened."),
        "after": _said(_ref("duration"), "After its trigger; alone, after the fault above began."),
        "together": _said(_flag(), "Armed at once, not after the 'when' above."),
        "do": _said(_ref("action"), "What happens."),
        "on": _said(where, "Which connections it hits."),
        "for": _said(_ref("duration"), "It ends after this time."),
        "times": _said(_whole(1, 10_000), "It ends after so many hits."),
        "until": _said(_ref("matcher"), "It ends at this event."),
        "allow_unfired": _said(_flag(), "Its never happening is no failure."),
    }


def _action() -> Schema:
    alone = [name for name, word in WORDS.items() if word.alone]
    spelled = [
        {**_table({field: _VALUES[field] for field in (name, *word.takes)}), "required": [name]}
        for name, word in WORDS.items()
    ]
    return {"anyOf": [{"enum": alone}, _ref("name"), *spelled]}


def _values() -> dict[str, Schema]:
    """The value of each field that an action may have; a field means the same in all of them."""
    duration = {"$ref": "#/$defs/duration"}
    # `{quota}` in braces is a key without a value.
    flags = {
        name: _or_name({"type": ["boolean", "null"]})
        for name, word in WORDS.items()
        if word.alone and name != "rate_limited"
    }
    server = sorted({name for names in catalogue.SERVER_MESSAGES.values() for name in names})
    client = sorted({name for names in catalogue.CLIENT_MESSAGES.values() for name in names})
    of_server = _choice([*server, *(f"server.{name}" for name in server)])
    return {
        **flags,
        "latency": duration,
        "jitter": duration,
        "bandwidth": _ref("rate"),
        "slicer": {
            **_table({"average": _ref("size"), "variation": _ref("size"), "delay": duration}),
            "required": ["average"],
        },
        "slow_close": duration,
        "timeout": duration,
        "reset_peer": duration,
        "limit_data": _ref("size"),
        "stream": _choice(STREAMS),
        "toxicity": _ref("share"),
        "http": _whole(300, 599),
        "retry_after": duration,
        "form": _choice(FORMS),
        "body": {},
        "headers": {"type": "object"},
        "stall": _choice(PHASES),
        "close": {"anyOf": [_whole(1000, 4999), {"const": "none"}]},
        "reason": {},
        "never_answer": _flag(),
        "frame": _choice(BAD_FRAMES),
        "delay_pongs": duration,
        "send": {"anyOf": [of_server, {"type": "object"}]},
        "error": {},
        "go_away": duration,
        "rate_limited": duration,
        "fail_response": {},
        "withhold": of_server,
        "garble": of_server,
        "duplicate": of_server,
        "reject": _choice([*client, *(f"client.{name}" for name in client)]),
        "tls": _choice(TLS_FAULTS),
    }


# ── what must hold ───────────────────────────────────────────────────────────


def _expect_fields() -> dict[str, Schema]:
    lines = _list(_ref("line"), least=1)
    bound = _ref("duration_bound")
    caller, agent = dict.fromkeys(AUDIO_FIELDS, bound), dict.fromkeys(AGENT_AUDIO_FIELDS, bound)
    order = {**_table({"exactly": _flag(), "events": lines}), "required": ["events"]}
    end = {"state": _choice(STATES), "by": _ref("duration"), "hold": _ref("duration")}
    timing = {
        "first_audio": _filled(dict.fromkeys(STATISTICS, bound)),
        **dict.fromkeys(("detected", "recovered", "stopped"), bound),
    }
    return {
        "order": _said({"anyOf": [lines, order]}, "These events in this order; others may come between."),
        "backoff": _said(
            _filled({"waits": _list(_ref("duration")), "each": _ref("tolerance"), "retry_after": _choice(("obeyed",))}),
            "The waits before the attempts, measured on the wire.",
        ),
        "never": _said(_list(_ref("never"), least=1), "Events that must not happen."),
        "count": _said(
            {
                "type": "object",
                "propertyNames": _ref("event"),
                "additionalProperties": _ref("count"),
                "minProperties": 1,
            },
            "How often events happen.",
        ),
        "audio": _said(
            _filled({"caller": _filled(caller), "agent": _filled(agent)}),
            "What was lost, repeated, reordered and never finalised, from positions in the samples.",
        ),
        "session": _said(
            _filled({"restored": _flag(), "resumed": _flag(), "history": _choice(("kept",))}),
            "What survives on the new connection.",
        ),
        "timing": _said(_filled(timing), "How long things may take."),
        "invariants": _said(
            _filled({"except": _list(_choice(INVARIANTS)), "limits": _filled(_limits())}),
            "The rules that every client is held to: which of them this scenario breaks on purpose, and other limits.",
        ),
        "end": _said({**_table(end), "required": ["state", "by"]}, "How the call ends, and by when. Required."),
    }


def _limits() -> dict[str, Schema]:
    return {
        written: _said(_ref("duration") if name.endswith("_us") else {"type": "number", "minimum": 0}, _docs(name))
        for written, name in LIMITS.items()
    }


def _docs(limit: str) -> str:
    default = Limits.model_fields[limit].default
    usual = f"{default / 1e6:g}s" if limit.endswith("_us") else f"{default}"
    return f"Usually {usual}."


def _matcher(options: Mapping[str, Schema]) -> Schema:
    fields = {"type": ["object", "null"], "properties": {"nth": _whole(1, 1_000_000), **options}}
    one = {
        "type": "object",
        "propertyNames": _ref("event"),
        "additionalProperties": fields,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [_ref("event"), one]}


# ── pieces ───────────────────────────────────────────────────────────────────


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _table(fields: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(fields), "additionalProperties": False}


def _filled(fields: Mapping[str, Schema]) -> Schema:
    return {**_table(fields), "minProperties": 1}


def _list(items: Schema, *, least: int = 0) -> Schema:
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def _pattern(pattern: str, description: str) -> Schema:
    return {"type": "string", "pattern": f"^(?:{pattern}|.*{_NAME}.*)$", "description": description}


def _choice(options: Sequence[str]) -> Schema:
    return _or_name({"enum": list(options)})


def _flag() -> Schema:
    return _or_name({"type": "boolean"})


def _whole(least: int, most: int) -> Schema:
    return _or_name({"type": "integer", "minimum": least, "maximum": most})


def _or_name(schema: Schema) -> Schema:
    return {"anyOf": [schema, _ref("name")]}


_LINE_OPTIONS: dict[str, Schema] = {
    "gap": _said(_ref("duration_bound"), "Since the line above."),
    "within": _said(_ref("duration"), "At most this long after the line above."),
    "optional": _said(_flag(), "It may be missing."),
}

_VALUES = _values()
