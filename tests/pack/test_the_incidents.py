"""The incident pack is what it says it is: every class of incidents has a scenario, and every scenario its incident.

`incidents.csv` is the catalogue: 82 incidents in 25 classes, each with its link, as of 2026-11-22.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.scenario import Case
from tests.support.pack import CASES

FIRST_20 = (
    "B01", "B03", "B06", "B10", "B13", "B17", "B20", "B24", "B32", "B34", "B37", "B42", "B46", "B47", "B52", "B58", "B60",
    "B64", "B70", "B79",
)  # fmt: skip
"""Those that cover the most for the least."""

NOT_PLAYED = {
    "B33": "Deepgram's voice agent, for which there is no mock",
    "B39": "a pool of connections for speech, which a client under test has not",
    "B59": "two sessions for one caller, and a run has one",
}
"""Incidents without a scenario, and why."""


class Incident(NamedTuple):
    number: str
    class_: str
    source: str


def catalogue() -> dict[str, Incident]:
    with Path(__file__).with_name("incidents.csv").open(newline="") as file:
        rows = (Incident(row["incident"], row["class"], row["source"]) for row in csv.DictReader(file))
        return {incident.number: incident for incident in rows}


INCIDENTS = catalogue()
CLASSES = [f"F{number:02}" for number in range(1, 26)]
PACK = [case for case in CASES if "/incidents/" in case.id]
SCENARIOS = list({(case.id.partition("::")[0], case.scenario): case for case in PACK}.values())


def played(case: Case) -> list[Incident]:
    return [INCIDENTS[tag] for tag in case.tags if tag in INCIDENTS]


def test_the_catalogue_has_82_incidents_in_25_classes() -> None:
    assert list(INCIDENTS) == [f"B{number:02}" for number in range(1, 83)]
    assert sorted({incident.class_ for incident in INCIDENTS.values()}) == CLASSES


@pytest.mark.parametrize("class_", CLASSES)
def test_every_class_has_a_file_of_its_own(class_: str) -> None:
    files = {case.id.partition("::")[0] for case in PACK if class_ == case.tags[1]}

    assert len(files) == 1
    assert next(iter(files)).startswith(f"scenarios/incidents/{class_.lower()}_")


@pytest.mark.parametrize("number", FIRST_20)
def test_the_first_twenty_are_there(number: str) -> None:
    assert any(number in case.tags for case in PACK)


def test_an_incident_that_is_not_played_has_a_reason() -> None:
    told = {incident.number for case in PACK for incident in played(case)}

    assert set(INCIDENTS) - told == set(NOT_PLAYED)


@pytest.mark.parametrize("case", SCENARIOS, ids=lambda case: case.scenario)
def test_a_scenario_has_the_link_of_its_incident(case: Case) -> None:
    assert case.tags[0] == "incident"
    assert case.source in [incident.source for incident in played(case)]


@pytest.mark.parametrize("case", SCENARIOS, ids=lambda case: case.scenario)
def test_a_scenario_names_the_class_of_its_incident(case: Case) -> None:
    assert {incident.class_ for incident in played(case)} <= set(case.tags)


def test_no_two_scenarios_of_the_pack_share_a_name() -> None:
    names = [case.scenario for case in SCENARIOS]

    assert len(names) == len(set(names))


def test_both_ways_of_an_empty_account_are_played() -> None:
    """B47 has two: with an error that says so, and without."""
    faults = [{fault.do.kind for fault in case.faults} for case in PACK if "B47" in case.tags]

    assert any("quota" in kinds for kinds in faults)
    assert any("close" in kinds and "quota" not in kinds for kinds in faults)


def test_the_goodbye_is_swept_over_every_phase_of_an_outage() -> None:
    stops = [step.when for case in PACK if "B52" in case.tags for step in case.script or () if step.disconnect]

    assert {"wire.closed", "wire.attempt", "wire.refused", "wire.open", "wire.ready"} <= {
        when.event for when in stops if when is not None
    }
