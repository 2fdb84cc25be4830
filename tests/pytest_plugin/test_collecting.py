"""Which scenario files become tests, what the tests are called, and how they are chosen; nothing is played here."""

from __future__ import annotations

from pathlib import Path

import pytest

# What a run inside of this one imports is forgotten after it, but for what was there before: it is to be there.
import harness.pytest_plugin.collecting  # noqa: F401
from tests.support.pytest_files import GIVES_UP, SURVIVES

pytest_plugins = ["pytester"]

WITH_TAGS = SURVIVES.replace("[reset]", "[reset, slow-link, skip, skipif, 'a b', '\\e[31m', 'x:y', _hidden]")

ONLY_DEFAULTS = """\
deadair: 1
defaults: {provider: deepgram, expect: {end: {state: active, by: 20s}}}
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> Path:
    pytester.makefile(".toml", pyproject="")
    return pytester.path


def inside(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A run of pytest, without the plugins that have no part in it and would be imported anew each time."""
    others = ("cacheprovider", "xdist", "hypothesispytest", "faker", "benchmark", "anyio")
    return pytester.runpytest_inprocess(*arguments, *(f"-pno:{name}" for name in others))


def names(pytester: pytest.Pytester, *arguments: str) -> list[str]:
    """The ids of what would be run."""
    done = inside(pytester, "--collect-only", "-q", "--strict-markers", *arguments)
    return [line for line in done.outlines if "::" in line and not line.startswith(("ERROR", "    "))]


def test_every_case_is_an_item(pytester: pytest.Pytester, project: Path) -> None:
    (project / "c.scenario.yaml").write_text(SURVIVES)

    assert names(pytester) == [
        "c.scenario.yaml::survives a reset[provider=openai-realtime]",
        "c.scenario.yaml::survives a reset[provider=deepgram]",
        "c.scenario.yaml::on the real clock",
    ]


def test_other_yaml_is_left_alone(pytester: pytest.Pytester, project: Path) -> None:
    (project / "values.yaml").write_text("a: 1")
    (project / "goodbye.yaml").write_text(GIVES_UP)

    assert names(pytester) == []


def test_every_yaml_of_a_configured_folder_is_collected(pytester: pytest.Pytester, project: Path) -> None:
    pytester.makeini("[pytest]\ndeadair_scenarios = calls more/calls\n")
    for name in ("calls/deep/goodbye.yaml", "more/calls/c.yml", "more/d.yaml"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(GIVES_UP)

    assert names(pytester) == ["calls/deep/goodbye.yaml::a polite goodbye", "more/calls/c.yml::a polite goodbye"]


def test_a_file_of_defaults_in_a_configured_folder_is_for_those_that_include_it(
    pytester: pytest.Pytester, project: Path
) -> None:
    pytester.makeini("[pytest]\ndeadair_scenarios = calls\n")
    (project / "calls").mkdir()
    (project / "calls/base.yaml").write_text(ONLY_DEFAULTS)
    (project / "calls/c.yaml").write_text("deadair: 1\ninclude: base.yaml\nscenario: nothing happens\n")

    assert names(pytester) == ["calls/c.yaml::nothing happens"]


def test_a_case_is_chosen_by_its_id(pytester: pytest.Pytester, project: Path) -> None:
    (project / "c.scenario.yaml").write_text(SURVIVES)

    assert names(pytester, "c.scenario.yaml::survives a reset[provider=deepgram]") == [
        "c.scenario.yaml::survives a reset[provider=deepgram]"
    ]


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        (("-k", "deepgram and reset"), ["survives a reset[provider=deepgram]"]),
        (("-k", "slow-link and openai"), ["survives a reset[provider=openai-realtime]"]),
        (("-m", "reset and not slow-link"), []),
        (("-m", "deadair(provider='openai-realtime')"), ["survives a reset[provider=openai-realtime]"]),
        (("-m", "deadair(clock='real')", "--deadair-clock=either"), ["on the real clock"]),
        (("-m", "deadair(clock='virtual')", "--deadair-clock=real"), []),
    ],
)
def test_cases_are_chosen_by_words_tags_provider_and_clock(
    pytester: pytest.Pytester, project: Path, choice: tuple[str, ...], chosen: list[str]
) -> None:
    (project / "c.scenario.yaml").write_text(WITH_TAGS)

    assert [name.partition("::")[2] for name in names(pytester, *choice)] == chosen


def test_a_tag_is_a_mark_that_strict_markers_know(pytester: pytest.Pytester, project: Path) -> None:
    (project / "c.scenario.yaml").write_text(WITH_TAGS)

    items, _ = pytester.inline_genitems("--strict-markers", "-pno:hypothesispytest")

    assert {mark.name for mark in items[0].iter_markers()} == {"reset", "slow-link", "deadair"}


def test_a_file_with_mistakes_is_one_error_with_each_at_its_place(pytester: pytest.Pytester, project: Path) -> None:
    (project / "c.scenario.yaml").write_text(SURVIVES.replace("deepgram", "deepgramm").replace("at: 2s", "at: 2"))

    done = inside(pytester, "--collect-only")

    assert done.ret == pytest.ExitCode.INTERRUPTED
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        [
            "*ERROR collecting c.scenario.yaml*",
            "c.scenario.yaml:3:17: '2' is no duration: it has no unit",
            "c.scenario.yaml:7:33: 'deepgramm' is none of: *",
            "* did you mean 'deepgram'?",
        ]
    )
    done.stdout.no_fnmatch_line("*Traceback*")
    done.stdout.no_fnmatch_line("*collecting.py*")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xfe binary", b"deadair: 1\n\tx", b"&a [*a]", b"- " * 5000, b"x" * (2**20 + 1), b"deadair: 2\n"],
    ids=["empty", "binary", "a tab", "a loop", "deep", "too long", "another version"],
)
@pytest.mark.parametrize("name", ["calls/x.yaml", "calls/x.scenario.yaml"])
def test_what_is_no_scenario_file_is_an_error_at_its_place(
    pytester: pytest.Pytester, project: Path, content: bytes, name: str
) -> None:
    pytester.makeini("[pytest]\ndeadair_scenarios = calls\n")
    (project / "calls").mkdir()
    (project / name).write_bytes(content)

    done = inside(pytester, "--collect-only")

    done.assert_outcomes(errors=1)
    done.stdout.re_match_lines([rf"{name}:\d+:\d+: .+"])
    done.stdout.no_fnmatch_line("*Traceback*")


def test_a_name_with_control_characters_does_nothing_to_a_terminal(pytester: pytest.Pytester, project: Path) -> None:
    (project / "c.scenario.yaml").write_text(GIVES_UP.replace("a polite goodbye", '"\\ec\\u202egoodbye"'))

    assert names(pytester) == ["c.scenario.yaml::\\u001bc\\u202egoodbye"]


def test_a_client_that_nobody_knows_is_a_wrong_call(pytester: pytest.Pytester, project: Path) -> None:
    (project / "c.scenario.yaml").write_text(SURVIVES)

    done = inside(pytester, "--deadair-client=openai-sdkk")

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["ERROR: --deadair-client: there is no client 'openai-sdkk'. Did you mean 'openai-sdk'?"])


def test_a_client_is_not_tested_with_the_providers_of_others(pytester: pytest.Pytester, project: Path) -> None:
    (project / "c.scenario.yaml").write_text(SURVIVES)
    (project / "pyproject.toml").write_text(
        '[tool.deadair.clients.mine]\npython = "mine:make"\nprovider = "deepgram"\n'
    )

    done = inside(pytester, "--deadair-client=mine", "-rs", "-k", "openai")

    done.assert_outcomes(skipped=1, deselected=2)
    done.stdout.fnmatch_lines(["SKIPPED * 'mine' calls deepgram, and this is a case of openai-realtime"])


def test_where_nothing_is_played_no_folder_is_made(pytester: pytest.Pytester, project: Path) -> None:
    (project / "c.scenario.yaml").write_text(SURVIVES)
    pytester.makepyfile("def test_something(): pass")

    done = inside(pytester, "-k", "something or clock")

    done.assert_outcomes(passed=1, skipped=1, deselected=2)
    assert not (project / ".deadair").exists()
