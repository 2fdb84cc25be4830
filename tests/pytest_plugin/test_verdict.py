"""What a case that did not pass says of itself: the words are those of the terminal, the first word that of its verdict."""

from __future__ import annotations

import pytest

from harness.pytest_plugin.verdict import DidNotPass, properties
from harness.reports import CaseResult
from harness.reports.text import first_sentence
from tests.support.results import cut_off, failed, flaky, passed


def test_a_failure_is_its_sentence() -> None:
    assert DidNotPass(failed()).sentence == first_sentence(failed())


@pytest.mark.parametrize(("result", "word"), [(cut_off(), "inconclusive"), (flaky(), "flaky")])
def test_what_is_no_failure_says_so_first(result: CaseResult, word: str) -> None:
    assert DidNotPass(result).sentence == f"{word}: {first_sentence(result)}"


def test_what_a_server_said_does_nothing_to_a_terminal() -> None:
    told = str(DidNotPass(failed()))

    assert "red" in told
    assert "\x1b" not in told


def test_what_is_not_known_is_no_property() -> None:
    names = [name for name, _ in properties(passed())]

    assert "deadair.verdict" in names
    assert "deadair.trace" not in names
