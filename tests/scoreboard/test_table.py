"""The table: what a cell says of runs."""

from __future__ import annotations

import pytest

from harness.scoreboard import Asked, Board, Entry, Standing, board
from harness.scoreboard.table import Cell
from tests.support.scoreboards import CLEAN_CLOSE, DROP, client, entry, run


def cell(told: Entry, key: str) -> Cell:
    row = board([told]).rows[0]
    return row.rules[key] if key.startswith("I") else row.classes[key]


def names(of: Board) -> list[str]:
    return [row.contender.name for row in of.rows]


def test_a_rule_that_three_runs_of_one_case_broke_is_broken() -> None:
    told = entry(*(run(broken="I1", seed=seed) for seed in range(3)))

    assert cell(told, "I1").standing is Standing.BROKEN


@pytest.mark.parametrize("times", [1, 2])
def test_a_rule_that_fewer_runs_broke_is_not_reproduced(times: int) -> None:
    told = entry(*(run(broken="I1", seed=seed) for seed in range(times)))

    assert cell(told, "I1").standing is Standing.NOT_REPRODUCED


def test_a_rule_that_one_run_of_four_kept_is_not_reproduced() -> None:
    told = entry(*(run(broken="I1", seed=seed) for seed in range(3)), run(kept="I1", seed=3))

    assert cell(told, "I1").standing is Standing.NOT_REPRODUCED


def test_runs_of_different_cases_do_not_make_up_three() -> None:
    told = entry(*(run(f"calls.yaml::{number}", broken="I1") for number in range(3)))

    assert cell(told, "I1").standing is Standing.NOT_REPRODUCED


def test_a_run_in_doubt_neither_convicts_nor_acquits() -> None:
    two = (run(broken="I1", seed=0), run(broken="I1", seed=1))

    assert cell(entry(*two, run(doubt="interrupted", seed=2)), "I1").standing is Standing.NOT_REPRODUCED


def test_a_rule_that_was_kept_wherever_it_applied_is_kept() -> None:
    told = entry(run(kept="I1"), run(DROP, not_applicable="I1"), run(undecided="I1"))

    assert cell(told, "I1").standing is Standing.KEPT


def test_a_rule_that_nobody_could_decide_is_not_kept() -> None:
    found = cell(entry(run(undecided="I1"), run(DROP, not_applicable="I1")), "I1")

    assert (found.standing, found.why) == (Standing.UNDECIDED, "I1 is undecided")


def test_a_rule_that_no_case_put_to_the_test_is_not_applicable() -> None:
    assert cell(entry(run(not_applicable="I10")), "I10").standing is Standing.NOT_APPLICABLE


def test_a_library_without_a_reconnect_layer_is_marked_where_a_rule_asks_for_one() -> None:
    told = entry(run(not_applicable="I16"), who=client(reconnects=False))

    assert cell(told, "I16").standing is Standing.BY_DESIGN


def test_a_library_without_a_reconnect_layer_is_still_held_to_what_it_owes() -> None:
    told = entry(*(run(broken="I19", seed=seed) for seed in range(3)), who=client(reconnects=False))

    assert cell(told, "I19").standing is Standing.BROKEN


def test_a_call_that_ends_with_a_library_that_cannot_reconnect_ends_by_design() -> None:
    told = entry(*(run(lost="it ended", seed=seed) for seed in range(3)), who=client(reconnects=False))

    assert cell(told, "F01").standing is Standing.BY_DESIGN


def test_a_call_lost_three_times_without_a_broken_rule_is_lost() -> None:
    told = entry(*(run(lost="it ended in failed", kept="I1", seed=seed) for seed in range(3)))

    assert cell(told, "F01").standing is Standing.LOST


def test_a_call_that_went_on_otherwise_than_asked_is_not_called_lost() -> None:
    told = entry(*(run(missed="wire.attempt came twice", kept="I1", seed=seed) for seed in range(3)))

    assert cell(told, "F01").standing is Standing.MISSED


def test_a_lost_call_is_told_before_one_that_was_not_as_asked() -> None:
    lost = (run(lost="it ended in failed", classes=("F01",), seed=seed) for seed in range(3))
    short = (run(DROP, missed="wire.attempt came twice", classes=("F01",), lasted_us=1, seed=seed) for seed in range(3))

    assert cell(entry(*lost, *short), "F01").standing is Standing.LOST


def test_a_class_in_which_a_rule_was_broken_says_so_before_it_says_that_the_call_was_lost() -> None:
    told = entry(*(run(lost="it ended in failed", broken="I1", seed=seed) for seed in range(3)))

    assert cell(told, "F01").standing is Standing.BROKEN


def test_a_class_that_the_client_survived_is_kept() -> None:
    assert cell(entry(run(kept="I1")), "F01").standing is Standing.KEPT


def test_a_class_of_another_provider_is_not_applicable() -> None:
    assert cell(entry(run(kept="I1")), "F19").standing is Standing.NOT_APPLICABLE


def test_a_class_that_was_to_be_played_and_was_not_was_not_run() -> None:
    asked = (Asked(case_id=CLEAN_CLOSE, classes=("F01",)), Asked(case_id=DROP, classes=("F04",)))

    assert cell(entry(run(kept="I1"), asked=asked), "F04").standing is Standing.NOT_RUN


def test_a_class_of_which_all_runs_are_in_doubt_is_undecided() -> None:
    found = cell(entry(run(doubt="the host was too slow")), "F01")

    assert (found.standing, found.why) == (Standing.UNDECIDED, "the host was too slow")


def test_all_cells_of_a_client_that_is_not_installed_say_so() -> None:
    row = board([entry(who=client(missing="not installed. Run this."))]).rows[0]

    cells = [*row.rules.values(), *row.classes.values()]
    assert {cell.standing for cell in cells} == {Standing.NOT_RUN}
    assert row.trouble == "not installed. Run this."


def test_there_is_a_cell_for_each_of_the_28_rules() -> None:
    row = board([entry(run())]).rows[0]

    assert list(row.rules) == [f"I{number}" for number in range(1, 29)]


def test_there_is_a_cell_for_each_of_the_25_classes() -> None:
    row = board([entry(run())]).rows[0]

    assert list(row.classes) == [f"F{number:02}" for number in range(1, 26)]


def test_the_worst_client_comes_first() -> None:
    good = entry(run(kept="I1"), who=client("good"))
    bad = entry(*(run(broken="I1", seed=seed) for seed in range(3)), who=client("bad"))
    worse = entry(*(run(broken="I1 I5", seed=seed) for seed in range(3)), who=client("worse"))
    absent = entry(who=client("absent", missing="not installed"))

    assert names(board([absent, good, bad, worse])) == ["worse", "bad", "good", "absent"]


def test_the_worst_rule_of_a_client_is_the_one_that_most_of_its_cases_broke() -> None:
    once = [run(broken="I5", kept="I1", seed=seed) for seed in range(3)]
    twice = [run(DROP, broken="I5 I1", seed=seed, classes=("F04",)) for seed in range(3)]

    row = board([entry(*once, *twice)]).rows[0]

    assert [(number, found.broken) for number, found in row.worst] == [("I5", 2), ("I1", 1)]


def test_the_evidence_is_of_the_shortest_run() -> None:
    long = [run(broken="I1", seed=seed, lasted_us=60_000_000) for seed in range(3)]
    short = [run(DROP, broken="I1", seed=seed, lasted_us=5_000_000) for seed in range(3)]

    found = cell(entry(*long, *short), "I1").evidence

    assert found is not None
    assert found.case_id == DROP


def test_the_evidence_says_how_to_see_it_again() -> None:
    found = cell(entry(*(run(broken="I1", seed=seed) for seed in (7, 8, 9))), "I1").evidence

    assert found is not None
    assert found.rerun == (
        "deadair", "run", "--client", "some-sdk", CLEAN_CLOSE, "--seed", "7", "--clock", "virtual",
    )  # fmt: skip


def test_our_own_provider_needs_no_client_to_be_named() -> None:
    found = cell(entry(*(run(broken="I1", seed=seed) for seed in range(3)), who=client(ours=True)), "I1").evidence

    assert found is not None
    assert "--client" not in found.rerun


def test_a_client_of_which_nothing_could_be_said_says_why() -> None:
    row = board([entry(run(doubt="the client died before the first fault"))]).rows[0]

    assert row.trouble == "nothing can be said of it: the client died before the first fault"


def test_a_class_is_not_red_for_a_rule_that_it_is_not_about() -> None:
    told = entry(*(run(broken="I22", kept="I1", seed=seed) for seed in range(3)))

    assert cell(told, "I22").standing is Standing.BROKEN
    assert cell(told, "F01").standing is Standing.KEPT


def test_an_incident_that_needs_a_second_connection_asks_too_much_of_a_library_without_a_reconnect_layer() -> None:
    told = entry(run(doubt="the 429 never fired", untouched=True), who=client(reconnects=False))

    assert cell(told, "F01").standing is Standing.BY_DESIGN


def test_an_incident_that_never_happened_to_a_client_that_reconnects_is_undecided() -> None:
    assert cell(entry(run(doubt="the 429 never fired", untouched=True)), "F01").standing is Standing.UNDECIDED


def test_the_cases_that_showed_it_once_are_counted_beside_the_one_that_was_played_again() -> None:
    told = entry(*(run(broken="I1", seed=seed) for seed in range(3)), run(DROP, broken="I1"))

    found = cell(told, "I1")

    assert (found.broken, found.judged) == (2, 2)
