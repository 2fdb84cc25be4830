"""The quick choice."""

from __future__ import annotations

from harness.scenario.model import Case
from harness.scoreboard.choice import quick
from tests.support.traces import case


def of(scenario: str, number: int, *tags: str, provider: str = "deepgram") -> Case:
    named = {"id": f"calls.yaml::{scenario}[{number}]", "scenario": scenario, "tags": tags, "provider": provider}
    return case().model_copy(update=named)


def chosen(*cases: Case, most: int) -> list[str]:
    return [each.id.partition("::")[2] for each in quick(cases, most=most)]


def test_no_more_cases_of_a_class_are_chosen_than_asked_for() -> None:
    assert chosen(*(of("a sweep", number, "F04") for number in range(9)), most=3) == [
        "a sweep[0]",
        "a sweep[1]",
        "a sweep[2]",
    ]


def test_one_of_each_scenario_comes_before_more_of_a_sweep() -> None:
    sweep = [of("a sweep", number, "F04") for number in range(3)]

    assert chosen(*sweep, of("another", 0, "F04"), most=2) == ["a sweep[0]", "another[0]"]


def test_each_provider_has_its_own_handful() -> None:
    assert chosen(of("a", 0, "F04"), of("b", 0, "F04", provider="gemini-live"), most=1) == ["a[0]", "b[0]"]


def test_a_case_of_no_class_always_stays() -> None:
    assert chosen(of("a", 0), of("b", 0), most=1) == ["a[0]", "b[0]"]
