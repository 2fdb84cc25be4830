"""The classes of incidents are those of the pack."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.scoreboard.incident_classes import INCIDENT_CLASSES, classes_of

PACK = Path(__file__).parents[2] / "scenarios" / "incidents"


def file_of(name: str) -> str:
    (found,) = PACK.glob(f"{name.lower()}_*.yaml")
    return found.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", INCIDENT_CLASSES)
def test_a_class_is_about_the_rules_that_its_scenarios_name(name: str) -> None:
    named = re.findall(r"\bI\d+\b", file_of(name))

    assert set(INCIDENT_CLASSES[name].rules) == set(named)


def test_the_classes_of_a_scenario_are_among_its_tags() -> None:
    assert classes_of(("incident", "F04", "B13", "F99")) == ("F04",)
