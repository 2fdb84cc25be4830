"""Files, folders and includes: which cases there are, and what they are called."""

import os
from pathlib import Path

import pytest

from harness.scenario import LoadError, load
from tests.support.scenarios import END, mistakes_of, scenario, write

DEFAULTS = f"deadair: 1\ndefaults: {{provider: deepgram, expect: {{never: [error], {END}}}}}\n"


def ids(*paths: Path, root: Path) -> list[str]:
    return [case.id for case in load(paths, root=root).checked()]


def whats(*paths: Path, root: Path) -> list[str]:
    return [error.what for error in load(paths, root=root).errors]


def test_an_id_names_the_file_from_the_root_of_the_project(tmp_path: Path):
    write(tmp_path, scenario(), "scenarios/deep/call.yaml")

    assert ids(tmp_path / "scenarios", root=tmp_path) == ["scenarios/deep/call.yaml::call"]


def test_a_file_outside_the_project_keeps_its_whole_path(tmp_path: Path):
    path = write(tmp_path, scenario(), "elsewhere/call.yaml")
    root = tmp_path / "project"
    root.mkdir()

    assert ids(path, root=root) == [f"{path.resolve().as_posix()}::call"]


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path):
    for name in ("b.yaml", "a.yml", "c/a.yaml", ".hidden.yaml", ".git/d.yaml", "notes.txt"):
        write(tmp_path, scenario(), name)

    assert ids(tmp_path, root=tmp_path) == ["a.yml::call", "b.yaml::call", "c/a.yaml::call"]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path):
    path = write(tmp_path, scenario())

    assert ids(path, tmp_path, path, root=tmp_path) == ["call.yaml::call"]


def test_a_path_that_is_not_there_is_told(tmp_path: Path):
    assert whats(tmp_path / "none.yaml", root=tmp_path) == ["the file cannot be read: No such file or directory"]


def test_a_folder_without_a_scenario_is_told(tmp_path: Path):
    assert whats(tmp_path, root=tmp_path) == ["there is no scenario here"]


def test_a_pipe_is_no_file(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.yaml")

    assert whats(tmp_path / "pipe.yaml", root=tmp_path) == ["this is no file"]


def test_a_link_in_a_folder_does_not_lead_out_of_it(tmp_path: Path):
    outside = write(tmp_path, "secret: 1\n", "outside.yaml")
    project = tmp_path / "project"
    project.mkdir()
    (project / "link.yaml").symlink_to(outside)

    assert whats(project, root=project) == ["this link leads out of the project"]


def test_good_files_are_loaded_beside_bad_ones(tmp_path: Path):
    write(tmp_path, scenario(), "a.yaml")
    write(tmp_path, scenario("seed: x"), "b.yaml")

    loaded = load([tmp_path], root=tmp_path)

    assert [case.id for case in loaded.cases] == ["a.yaml::call"]
    assert [error.place.path for error in loaded.errors] == ["b.yaml"]


def test_with_a_mistake_anywhere_nothing_is_to_be_run(tmp_path: Path):
    write(tmp_path, scenario(), "a.yaml")
    write(tmp_path, scenario("seed: x"), "b.yaml")

    with pytest.raises(LoadError) as refused:
        load([tmp_path], root=tmp_path).checked()

    assert len(refused.value.mistakes) == 1


def test_a_file_of_nothing_but_mistakes_is_not_read_to_its_end(tmp_path: Path):
    nevers = ", ".join(f"wire.redy{number}" for number in range(5000))
    errors = load([write(tmp_path, scenario(expect=f"never: [{nevers}], {END}"))], root=tmp_path).errors

    assert len(errors) == 1000


def test_a_file_of_nothing_but_broken_yaml_is_not_read_to_its_end(tmp_path: Path):
    errors = load([write(tmp_path, "".join(f"{number}: !x y\n" for number in range(5000)))], root=tmp_path).errors

    assert len(errors) == 1000


def test_many_mistakes_are_shown_up_to_a_number(tmp_path: Path):
    items = "\n".join(f"  - {{at: {number}, do: reset}}" for number in range(60))
    errors = load([write(tmp_path, scenario(f"faults:\n{items}"))], root=tmp_path).errors

    assert len(errors) == 60
    assert LoadError(errors).render().endswith("… and 10 more")


# ── defaults ─────────────────────────────────────────────────────────────────


def test_a_value_of_the_scenario_replaces_the_default(tmp_path: Path):
    text = DEFAULTS + "scenarios:\n  - {scenario: a}\n  - {scenario: b, provider: gemini-live}\n"
    cases = load([write(tmp_path, text)], root=tmp_path).checked()

    assert [case.provider for case in cases] == ["deepgram", "gemini-live"]


def test_expect_is_joined_key_by_key(tmp_path: Path):
    text = DEFAULTS + "scenarios:\n  - {scenario: a, expect: {count: {wire.attempt: 1}, never: [connection.failed]}}\n"
    (case,) = load([write(tmp_path, text)], root=tmp_path).checked()

    assert list(case.expect.count) == ["wire.attempt"]
    assert [never.match.event for never in case.expect.never] == ["connection.failed"]
    assert case.expect.end.by_us == 60_000_000


def test_a_mistake_in_the_defaults_is_told_once(tmp_path: Path):
    text = "deadair: 1\ndefaults: {provider: deepgram, seed: x, expect: {end: {state: active, by: 9s}}}\nscenarios:\n  - scenario: a\n  - scenario: b\n"

    assert [error.what for error in mistakes_of(tmp_path, text)] == ["'x' is no whole number"]


# ── includes ─────────────────────────────────────────────────────────────────


def test_an_included_file_gives_its_defaults(tmp_path: Path):
    write(tmp_path, DEFAULTS, "common/base.yaml")
    path = write(tmp_path, "deadair: 1\ninclude: ../common/base.yaml\nscenario: call\n", "voice/call.yaml")
    (case,) = load([path], root=tmp_path).checked()

    assert case.provider == "deepgram"


def test_defaults_of_the_file_itself_replace_included_ones(tmp_path: Path):
    write(tmp_path, DEFAULTS, "base.yaml")
    text = "deadair: 1\ninclude: [base.yaml]\ndefaults: {provider: gemini-live}\nscenarios:\n  - scenario: call\n"
    (case,) = load([write(tmp_path, text)], root=tmp_path).checked()

    assert case.provider == "gemini-live"
    assert case.expect.never


def test_a_later_include_replaces_an_earlier_one(tmp_path: Path):
    write(tmp_path, DEFAULTS, "a.yaml")
    write(tmp_path, "deadair: 1\ndefaults: {provider: openai-realtime}\n", "b.yaml")
    (case,) = load(
        [write(tmp_path, "deadair: 1\ninclude: [a.yaml, b.yaml]\nscenario: call\n")], root=tmp_path
    ).checked()

    assert case.provider == "openai-realtime"


def test_a_file_of_defaults_has_no_cases_of_its_own(tmp_path: Path):
    write(tmp_path, DEFAULTS, "base.yaml")
    write(tmp_path, "deadair: 1\ninclude: base.yaml\nscenario: call\n")

    assert ids(tmp_path, root=tmp_path) == ["call.yaml::call"]


@pytest.mark.parametrize("name", ["../secret.yaml", "/etc/passwd", "a/../../secret.yaml"])
def test_an_include_does_not_lead_out_of_the_project(tmp_path: Path, name: str):
    write(tmp_path, DEFAULTS, "secret.yaml")
    path = write(tmp_path, f"deadair: 1\ninclude: {name}\nscenario: call\n", "project/call.yaml")

    assert whats(path, root=tmp_path / "project") == [f"'{name}' leads out of the project"]


def test_an_include_through_a_link_does_not_lead_out_of_the_project(tmp_path: Path):
    outside = write(tmp_path, DEFAULTS, "secret.yaml")
    path = write(tmp_path, "deadair: 1\ninclude: link.yaml\nscenario: call\n", "project/call.yaml")
    (tmp_path / "project" / "link.yaml").symlink_to(outside)

    assert whats(path, root=tmp_path / "project") == ["'link.yaml' leads out of the project"]


def test_includes_in_a_circle_are_told(tmp_path: Path):
    write(tmp_path, "deadair: 1\ninclude: b.yaml\ndefaults: {}\n", "a.yaml")
    write(tmp_path, "deadair: 1\ninclude: a.yaml\ndefaults: {}\n", "b.yaml")
    path = write(tmp_path, "deadair: 1\ninclude: a.yaml\nscenario: call\n")

    assert whats(path, root=tmp_path) == ["'a.yaml' includes itself, at last: it would never end"]


def test_includes_have_a_depth(tmp_path: Path):
    for number in range(10):
        write(tmp_path, f"deadair: 1\ninclude: {number + 1}.yaml\ndefaults: {{}}\n", f"{number}.yaml")
    write(tmp_path, "deadair: 1\ndefaults: {}\n", "10.yaml")
    path = write(tmp_path, "deadair: 1\ninclude: 0.yaml\nscenario: call\n")

    assert whats(path, root=tmp_path) == ["includes go more than 8 files deep"]


def test_an_included_file_with_scenarios_is_refused(tmp_path: Path):
    write(tmp_path, scenario(), "other.yaml")
    path = write(tmp_path, "deadair: 1\ninclude: other.yaml\nscenario: call\n")

    assert whats(path, root=tmp_path) == ["'other.yaml' has scenarios"]


def test_a_mistake_in_an_included_file_is_told_there(tmp_path: Path):
    write(tmp_path, "deadair: 1\ndefaults: {provider: deepgram, seed: x}\n", "base.yaml")
    path = write(tmp_path, f"deadair: 1\ninclude: base.yaml\nscenario: call\nexpect: {{{END}}}\n")
    (error,) = load([path], root=tmp_path).errors

    assert str(error.place) == "base.yaml:2:38"
