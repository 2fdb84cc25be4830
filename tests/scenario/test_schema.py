"""The JSON Schema says what loading says, as far as it can see."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

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
from harness.scenario.schema import schema
from harness.scenario.script import RUNS_FIELDS, SERVER_FIELDS, STEP_FIELDS
from harness.scenario.source import parse
from tests.support.examples import EXAMPLES
from tests.support.json_schema import violations

GOLDEN = Path(__file__).parent.parent / "golden"


def read(path: Path) -> Any:
    """A file as an editor reads it: JSON values, numbers as numbers."""
    root, mistakes = parse(path.read_bytes(), path=path.name)

    assert root is not None
    assert mistakes == ()
    return free(root, Reading(mistakes=Mistakes()))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_fits(path: Path):
    assert violations(read(path), schema()) == []


@pytest.mark.parametrize(
    "name",
    [
        "a_count_in_words", "a_count_with_a_wrong_comparator", "a_count_of_an_unknown_event", "a_connection_number_of_zero",
        "a_duration_like_a_clock", "a_duration_of_another_kind", "a_duration_without_a_unit", "a_fault_that_is_a_word",
        "a_matrix_without_values", "a_misspelt_message", "a_misspelt_toxic",
        "a_rate_without_a_unit", "a_scenario_is_a_word", "a_scenario_without_a_name",
        "a_seed_below_zero", "a_session_that_is_a_text", "a_share_without_a_percent_sign",
        "a_source_that_is_no_address", "a_status_in_words", "a_status_that_refuses_nothing",
        "a_tolerance_without_a_sign", "a_wait_without_a_unit", "an_action_that_is_a_list", "an_action_without_its_value",
        "an_empty_audio", "an_empty_backoff", "an_empty_count", "an_empty_group", "an_empty_never", "an_empty_order",
        "an_empty_session", "an_empty_timing", "an_end_without_a_last_moment", "an_event_counted_from_zero",
        "an_event_without_an_owner", "an_id_with_a_dot", "an_order_without_events", "an_unknown_action",
        "an_unknown_bad_frame", "an_unknown_block", "an_unknown_clock", "an_unknown_end", "an_unknown_event",
        "an_unknown_field_of_a_fault", "an_unknown_field_of_a_file", "an_unknown_field_of_a_scenario",
        "an_unknown_field_of_an_action", "an_unknown_field_of_the_defaults", "an_unknown_field_of_the_server",
        "an_unknown_form", "an_unknown_invariant", "an_unknown_phase", "an_unknown_place", "an_unknown_provider",
        "an_unknown_statistic", "an_unknown_stream", "an_unknown_timing", "an_unknown_tls_fault", "another_version",
        "audio_in_bytes", "audio_of_nobody", "bytes_without_a_unit", "faults_that_are_no_list", "history_lost",
        "many_mistakes_at_once", "no_action", "no_provider_in_the_list", "no_runs_at_all", "no_times", "no_version",
        "retry_after_not_obeyed", "scenarios_is_no_list", "slices_without_a_size", "the_file_is_a_list", "two_actions",
        "two_events_in_a_when", "until_an_unknown_event", "yes_is_no_boolean",
    ],
)  # fmt: skip
def test_an_editor_sees_the_mistake_too(name: str):
    path = GOLDEN / "scenario" / "mistakes" / f"{name}.yaml"

    assert violations(read(path), schema())


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
    at: Any = schema()
    for step in where.split("."):
        at = at[int(step)] if step.isdigit() else at[step]

    assert set(at) == set(fields)


def test_the_schema_knows_every_action_with_its_fields():
    spelled = [set(each["properties"]) for each in schema()["$defs"]["action"]["anyOf"] if "properties" in each]

    assert spelled == [{name, *word.takes} for name, word in WORDS.items()]


def test_the_schema_is_json():
    assert json.loads(json.dumps(schema())) == schema()


def test_every_reference_leads_somewhere():
    text = json.dumps(schema())

    assert set(re.findall(r'"#/\$defs/([a-z_]+)"', text)) == set(schema()["$defs"])


def test_every_field_of_a_scenario_is_described():
    assert all(each.get("description") for each in schema()["properties"].values())
