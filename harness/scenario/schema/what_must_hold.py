"""What must hold: the fields of `expect`, with the limits of the invariants."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise

from harness.scenario.expect import AGENT_AUDIO_FIELDS, AUDIO_FIELDS, STATES, STATISTICS
from harness.scenario.invariants import INVARIANTS, LIMITS
from harness.scenario.limits import Limits
from harness.scenario.schema.explained import Explained
from harness.scenario.schema.pieces import Schema, choice, filled, flag, listed, named, or_name, ref, said, table

__all__ = ["expect_fields"]


def expect_fields(explained: Explained) -> dict[str, Schema]:
    lines = listed(ref("line"), least=1)
    bound = ref("duration_bound")
    caller, agent = dict.fromkeys(AUDIO_FIELDS, bound), dict.fromkeys(AGENT_AUDIO_FIELDS, bound)
    order = {**table({"exactly": flag(), "events": lines}), "required": ["events"]}
    end = {"state": choice(STATES), "by": ref("duration"), "hold": ref("duration")}
    timing = {
        "first_audio": filled(dict.fromkeys(STATISTICS, bound)),
        **dict.fromkeys(("detected", "recovered", "stopped"), bound),
    }
    return {
        "order": said({"anyOf": [lines, order]}, "These events in this order; others may come between."),
        "backoff": said(
            filled({"waits": listed(ref("duration")), "each": ref("tolerance"), "retry_after": choice(("obeyed",))}),
            "The waits before the attempts, measured on the wire.",
        ),
        "never": said(listed(ref("never"), least=1), "Events that must not happen."),
        "count": said(
            {
                "type": "object",
                "propertyNames": ref("event"),
                "additionalProperties": ref("count"),
                "minProperties": 1,
            },
            "How often events happen.",
        ),
        "audio": said(
            filled({"caller": filled(caller), "agent": filled(agent)}),
            "What was lost, repeated, reordered and never finalised, from positions in the samples.",
        ),
        "session": said(
            filled({"restored": flag(), "resumed": flag(), "history": choice(("kept",))}),
            "What survives on the new connection.",
        ),
        "timing": said(filled(timing), "How long things may take."),
        "invariants": said(
            filled(
                {
                    "except": listed(or_name(named({name: explained.invariants.get(name, "") for name in INVARIANTS}))),
                    "limits": filled(_limits()),
                }
            ),
            "The rules that every client is held to: which of them this scenario breaks on purpose, and other limits.",
        ),
        "end": said({**table(end), "required": ["state", "by"]}, "How the call ends, and by when. Required."),
    }


def _limits() -> dict[str, Schema]:
    meanings = _strings_below(Limits)
    return {
        written: said(
            ref("duration") if name.endswith("_us") else {"type": "number", "minimum": 0},
            f"{meanings.get(name, '')} Usually {_usual(name)}.".strip(),
        )
        for written, name in LIMITS.items()
    }


def _usual(limit: str) -> str:
    default = Limits.model_fields[limit].default
    return f"{default / 1e6:g}s" if limit.endswith("_us") else f"{default}"


def _strings_below(kind: type) -> dict[str, str]:
    """What stands below each field of a class. Pydantic would read it for everybody at every start, which costs 11 ms."""
    parsed = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(parsed, ast.ClassDef)
    return {
        field.target.id: " ".join(below.value.value.split())
        for field, below in pairwise(parsed.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }  # fmt: skip
