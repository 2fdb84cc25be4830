"""The JSON Schema says what loading says, as far as it can see."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import scenarios
from harness.scenario.actions import WORDS
from harness.scenario.case import FIELDS
from harness.scenario.errors import Mistakes
from harness.scenario.expect import (
    AUDIO_FIELDS,
    BACKOFF_FIELDS,
    END_FIELDS,
    SESSION_FIELDS,
    TIMING_FIELDS,
)
from harness.scenario.expect import FIELDS as EXPECT_FIELDS
from harness.scenario.faults import FIELDS as FAULT_FIELDS
from harness.scenario.reading import Reading, free
from harness.scenario.schema import Explained, schema
from harness.scenario.schema.what_goes_wrong import MEETS
from harness.scenario.script import RUNS_FIELDS, SERVER_FIELDS, STEP_FIELDS
from harness.scenario.source import parse
from tests.support.json_schema import violations

SCENARIOS = Path(scenarios.__file__).parent
PACK = sorted(SCENARIOS.rglob("*.yaml"))

UNSEEN = {
    # It would have to see what stands elsewhere in the file, or in another one.
    "a_fault_after_the_end", "a_fault_that_waits_for_itself", "a_gap_in_the_first_line", "a_matrix_name_that_is_not_used",
    "a_name_that_is_not_in_the_matrix", "a_step_after_the_end", "a_tolerance_without_waits", "a_wrong_value_of_the_matrix",
    "after_in_the_first_fault", "an_answer_to_no_call", "an_event_of_no_fault", "an_include_that_is_not_there",
    "faults_in_a_circle", "fields_of_the_matrix_inside_a_text", "for_at_a_moment", "no_end", "no_expect", "no_provider",
    "no_scenario", "no_trigger", "scenario_beside_scenarios", "the_same_id_twice", "the_same_name_twice",
    "the_version_is_not_first", "tls_on_the_virtual_clock", "together_without_when", "until_at_a_moment",
    # It would have to compute with quantities, or to compare values.
    "a_delay_of_no_answer", "a_duration_finer_than_a_microsecond", "a_duration_of_months", "a_latency_between_milliseconds",
    "a_matrix_value_twice", "a_microphone_off_for_no_time", "a_provider_twice", "a_rate_between_kilobytes",
    "a_rate_of_nothing", "a_share_above_all", "a_tolerance_that_runs_backwards", "a_toxicity_above_all",
    "an_end_at_the_beginning", "slices_of_nothing", "slices_that_vary_too_much", "speech_of_no_length",
    # Nobody knows all that may stand there, or what is told is no more than a guess.
    "a_factory_without_a_name", "a_form_without_a_retry", "a_misspelt_field_of_a_client_event", "a_misspelt_session_field",
    "a_name_in_the_defaults", "a_reason_without_a_code",
}  # fmt: skip
"""The mistakes that are left to loading."""


def readable() -> Iterator[Path]:
    """The mistakes that an editor has a value for: the others are mistakes of YAML."""
    for path in sorted((Path(__file__).parent.parent / "golden" / "scenario" / "mistakes").glob("*.yaml")):
        root, mistakes = parse(path.read_bytes(), path=path.name)
        if root is not None and not mistakes and path.stem != "a_field_without_a_value":
            yield path


MISTAKES = list(readable())
SCHEMA = schema()


def read(path: Path) -> Any:
    """A file as an editor reads it: JSON values, numbers as numbers."""
    root, mistakes = parse(path.read_bytes(), path=path.name)

    assert root is not None
    assert mistakes == ()
    return free(root, Reading(mistakes=Mistakes()))


@pytest.mark.parametrize("path", PACK, ids=lambda path: path.relative_to(SCENARIOS).as_posix())
def test_a_scenario_of_the_pack_fits(path: Path):
    assert violations(read(path), SCHEMA) == []


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.stem)
def test_an_editor_sees_a_mistake_that_it_can_see(path: Path):
    assert bool(violations(read(path), SCHEMA)) == (path.stem not in UNSEEN)


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("where", "fields"),
    [
        ("properties", ("deadair", "include", "defaults", "scenarios", *FIELDS)),
        ("properties.defaults.properties", FIELDS),
        ("$defs.fault.properties", FAULT_FIELDS),
        ("$defs.step.properties", STEP_FIELDS),
        ("$defs.expect.properties", EXPECT_FIELDS),
        ("$defs.expect.properties.backoff.properties", BACKOFF_FIELDS),
        ("$defs.expect.properties.session.properties", SESSION_FIELDS),
        ("$defs.expect.properties.timing.properties", TIMING_FIELDS),
        ("$defs.expect.properties.audio.properties.caller.properties", AUDIO_FIELDS),
        ("$defs.expect.properties.end.properties", END_FIELDS),
        ("properties.runs.anyOf.0.properties", RUNS_FIELDS),
        ("properties.server.anyOf.0.properties", SERVER_FIELDS),
    ],
)
def test_the_schema_knows_exactly_the_fields_that_are_read(where: str, fields: tuple[str, ...]):
    at: Any = SCHEMA
    for step in where.split("."):
        at = at[int(step)] if step.isdigit() else at[step]

    assert set(at) == set(fields)


def test_the_schema_knows_every_action_with_its_fields():
    spelled = [set(each["properties"]) for each in SCHEMA["$defs"]["action"]["anyOf"] if "properties" in each]

    assert spelled == [{name, *word.takes} for name, word in WORDS.items()]


def test_the_schema_is_json():
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_every_reference_leads_somewhere():
    text = json.dumps(SCHEMA)

    assert set(re.findall(r'"#/\$defs/([a-z_]+)"', text)) == set(SCHEMA["$defs"])


def test_every_field_of_a_scenario_is_described():
    assert all(each.get("description") for each in SCHEMA["properties"].values())


def test_every_action_says_what_the_client_meets():
    assert set(MEETS) == set(WORDS)


@pytest.mark.parametrize(
    ("provider", "wrong"),
    [
        ("deepgram", {"faults": [{"at": "1s", "do": "refuse_resume"}]}),
        ("deepgram", {"faults": [{"at": "1s", "do": {"go_away": "10s"}}]}),
        ("deepgram", {"faults": [{"at": "1s", "do": {"withhold": "response.done"}}]}),
        ("gemini-live", {"faults": [{"when": "server.response.done", "do": "drop"}]}),
        ("gemini-live", {"expect": {"order": ["server.Results"]}}),
        ("gemini-live", {"expect": {"order": [{"any_order": ["server.Results"]}]}}),
        ("gemini-live", {"expect": {"count": {"server.Results": 1}}}),
        ("openai-realtime", {"server": {"settings": {"idle_s": 3}}}),
    ],
)
def test_what_another_provider_has_is_a_mistake(provider: str, wrong: dict[str, Any]):
    assert violations({"deadair": 1, **wrong}, SCHEMA) == []
    assert violations({"deadair": 1, "provider": provider, **wrong}, SCHEMA)


def test_one_of_several_scenarios_is_held_to_its_own_provider():
    one = {"scenario": "s", "provider": "deepgram", "faults": [{"at": "1s", "do": "refuse_resume"}]}

    assert violations({"deadair": 1, "scenarios": [one]}, SCHEMA)


def test_what_others_know_of_a_word_stands_beside_it():
    told = schema(Explained(events={"wire.open": "The upgrade was answered with 101."}, invariants={"I3": "No more."}))

    event = told["$defs"]["event"]["anyOf"][0]
    rules = told["$defs"]["expect"]["properties"]["invariants"]["properties"]["except"]["items"]["anyOf"][0]
    assert event["enumDescriptions"][event["enum"].index("wire.open")] == "The upgrade was answered with 101."
    assert rules["enumDescriptions"][rules["enum"].index("I3")] == "No more."


def test_a_message_says_whose_it_is():
    event = SCHEMA["$defs"]["event"]["anyOf"][0]

    assert event["enumDescriptions"][event["enum"].index("server.goAway")] == "A message that gemini-live sends."


def test_a_limit_says_what_it_is_for_and_what_is_usual():
    limits = SCHEMA["$defs"]["expect"]["properties"]["invariants"]["properties"]["limits"]["properties"]

    assert limits["half_open_within"]["description"] == "I19: a link on which nothing arrives is given up. Usually 15s."
