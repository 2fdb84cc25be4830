"""The format as a JSON Schema, for editors: completion, help and red lines while a scenario is written.

It says what can be said without knowing the whole file. What needs the whole (two ends of one fault, an event that a list of
providers does not share, a name that is not in the matrix) is left to loading, which has the last word.
"""

from __future__ import annotations

from harness.scenario import quantities
from harness.scenario.schema import events, providers
from harness.scenario.schema.explained import Explained
from harness.scenario.schema.pieces import (
    COMPARED,
    NAME,
    Schema,
    at_most_one_of,
    listed,
    one_of,
    pattern,
    ref,
    said,
    table,
)
from harness.scenario.schema.what_goes_wrong import ENDS, action, fault_fields
from harness.scenario.schema.what_must_hold import expect_fields
from harness.scenario.schema.what_runs import DEEDS, MOMENTS, scenario_fields, step_fields

__all__ = ["Explained", "schema"]


def schema(explained: Explained | None = None) -> Schema:
    """The whole schema (JSON Schema 2020-12). A new one each time: change it as you like.

    Args:
        explained: What others know about the words that there are.
    """
    explained = explained or Explained()
    fields = scenario_fields(explained)
    one_of_many = {**table(fields), "required": ["scenario"], "allOf": providers.only_its_own()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "deadair scenarios, version 1",
        "type": "object",
        "required": ["deadair"],
        "properties": {
            "deadair": {"const": 1, "description": "The version of the format, in the first line."},
            "include": said(
                {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                "Files of this project whose defaults are taken, relative to this file.",
            ),
            "defaults": said(table(fields), "What the scenarios of this file share."),
            "scenarios": said(
                listed(ref("scenario"), least=1),
                "Several scenarios. Each value replaces its default; 'expect' is joined key by key.",
            ),
            **fields,
        },
        "additionalProperties": False,
        "allOf": providers.only_its_own(),
        "$defs": {
            **_quantities(),
            **events.definitions(explained.events),
            "scenario": one_of_many,
            "step": {**table(step_fields()), "allOf": [one_of(*MOMENTS), one_of(*DEEDS)]},
            "action": action(),
            "fault": {
                **table(fault_fields()),
                "required": ["do"],
                "allOf": [at_most_one_of("at", "when"), at_most_one_of(*ENDS)],
            },
            "expect": table(expect_fields(explained)),
            **providers.definitions(),
        },
    }


def _quantities() -> Schema:
    return {
        "name": {"type": "string", "pattern": f"^{NAME}$", "description": "A value of the matrix is put in here."},
        "duration": pattern(quantities.DURATION, "A span of time: 500ms, 1.5s, 2m, 1h."),
        "duration_bound": pattern(COMPARED + quantities.DURATION, 'A limit on a time: "<= 100ms".'),
        "rate": pattern(quantities.RATE, "Bytes per second: 64KB/s, where 1 KB is 1000 bytes."),
        "size": pattern(quantities.SIZE, "Bytes: 300B, 64KB."),
        "share": pattern(quantities.SHARE, "A share: 30%."),
        "tolerance": pattern(
            rf"(?:±|\+/-|\+-) *(?:{quantities.SHARE}|{quantities.DURATION})|{quantities.SHARE} *\.\. *{quantities.SHARE}",
            "How far a wait may be off: ±5%, ±50ms or 75%..100%.",
        ),
        "count": {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": f"^(?:{COMPARED}[0-9]+|.*{NAME}.*)$"},
            ],
            "description": 'How often: 3, or "<= 3".',
        },
    }
