"""The four forms of a comparison: what each says, and that whatever names and reasons hold is text in them and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from harness.regression.document import as_json
from harness.regression.drift import Drift, drift, exit_code
from harness.regression.markdown import as_markdown
from harness.regression.page import as_page
from harness.regression.terminal import drift_lines, profile_lines
from harness.regression.words import headline
from tests.support.pages import Reader
from tests.support.regressions import BACK, CUT, HOSTILE, case, run, scattered, shape, side

Golden = Callable[[str, str], None]

STEADY = [300 + number % 5 for number in range(20)]


def some_drift() -> Drift:
    """One of everything."""
    longer = shape(waits_s=(1.5, 3), order=(*CUT, *BACK))
    wrong = shape(fails="backoff", because="the 1st wait was 1.5 s instead of 1 s", waits_s=(1.5,))
    base = [
        case(run(shape(waits_s=(1, 2))), case_id="calls.yaml::waits longer[provider=deepgram]"),
        case(case_id="calls.yaml::fails now"),
        case(case_id="calls.yaml::gives up now"),
        case(run(shape(fails="audio", because="1 s was lost")), case_id="calls.yaml::was mended"),
        case(case_id="calls.yaml::moved a little"),
        case(case_id="calls.yaml::is gone"),
        case(case_id="calls.yaml::is the same"),
        case(*scattered("outage", 1000), case_id="calls.yaml::slower", clock="real"),
        case(*scattered("waits", 1000), case_id="calls.yaml::as quick", clock="real"),
        case(*scattered("waits", 1000, times=3), case_id="calls.yaml::played three times", clock="real"),
    ]
    new = [
        case(run(longer), case_id="calls.yaml::waits longer[provider=deepgram]"),
        case(run(wrong), case_id="calls.yaml::fails now"),
        case(run(shape(order=(*CUT, "connection.failed"), waits_s=())), case_id="calls.yaml::gives up now"),
        case(case_id="calls.yaml::was mended"),
        case(run(shape(waits_s=(1.0004,))), case_id="calls.yaml::moved a little"),
        case(case_id="calls.yaml::is new"),
        case(case_id="calls.yaml::is the same"),
        case(*scattered("outage", 1100), case_id="calls.yaml::slower", clock="real"),
        case(*scattered("waits", 1002), case_id="calls.yaml::as quick", clock="real"),
        case(*scattered("waits", 1000, times=3), case_id="calls.yaml::played three times", clock="real"),
    ]
    return drift(
        side(*base, name="main (12ab34cd56)", yardstick_us=STEADY, folder="runs/base-001"),
        side(*new, name="HEAD (98fe76dc54)", yardstick_us=STEADY, folder="runs/new-001"),
    )


def in_these_words(words: str) -> Drift:
    """A comparison in which every text that somebody else chooses is this one."""
    worse = shape(fails=words.replace(" ", "_"), because=words, order=(*CUT, words, words), sent=(words,))
    known = [
        case(case_id=words),
        case(case_id=f"gone {words}"),
        case(*scattered("outage", 1000), case_id=words, clock="real"),
    ]
    now = [
        case(run(worse), case_id=words),
        case(case_id=f"new {words}"),
        case(*scattered("outage", 1100), case_id=words, clock="real"),
    ]
    return drift(
        side(*known, name=words, yardstick_us=STEADY, folder=words),
        side(*now, name=words, yardstick_us=STEADY, folder=words),
    )


def in_the_terminal(told: Drift, *, ascii_only: bool = False) -> str:
    lines = drift_lines(told, ascii_only=ascii_only)
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines)


def test_the_terminal_tells_the_comparison(golden: Golden) -> None:
    golden("regression/terminal.txt", in_the_terminal(some_drift()))


def test_a_terminal_that_knows_ascii_only_gets_nothing_else() -> None:
    assert in_the_terminal(some_drift(), ascii_only=True).isascii()
    assert in_the_terminal(in_these_words(HOSTILE), ascii_only=True).isascii()


def test_markdown_tells_the_comparison(golden: Golden) -> None:
    golden("regression/compare.md", as_markdown(some_drift()))


def test_json_tells_the_comparison(golden: Golden) -> None:
    golden("regression/compare.json", as_json(some_drift()))


def test_the_page_tells_the_comparison(golden: Golden) -> None:
    # Style and policy are the look of all pages, and are tested where it is made.
    page = re.sub(r"(?s)<style>.*?</style>", "<style>…</style>", as_page(some_drift()))
    golden("regression/compare.html", re.sub(r"'sha256-[^']*'", "'sha256-…'", page))


@pytest.mark.parametrize("form", [in_the_terminal, as_page, as_markdown], ids=["terminal", "html", "markdown"])
def test_every_form_says_the_same_sentence(form: Callable[[Drift], str]) -> None:
    told = form(some_drift())

    assert headline(some_drift()) in told
    assert "is the same" not in told


def test_what_is_kept_of_a_case_reads_well(golden: Golden) -> None:
    told = case(run(), run(shape(fails="audio", because="1 s was lost", caller_lost=1000), seed=1))

    golden("regression/show.txt", "\n".join("".join(span.text for span in line) for line in profile_lines(told)) + "\n")


def test_each_case_on_the_page_has_an_anchor_of_its_own() -> None:
    ids = [attributes["id"] for _, attributes in Reader(as_page(some_drift())).elements if "id" in attributes]

    assert len(ids) == len(set(ids))
    assert [each for each in ids if each and re.fullmatch(r"c\d+", each)]


def test_the_page_loads_nothing() -> None:
    elements = Reader(as_page(in_these_words(HOSTILE))).elements

    assert not [tag for tag, has in elements if tag in ("script", "link", "img", "iframe") or "src" in has]


def test_hostile_words_add_no_element_to_the_page() -> None:
    def tags(told: Drift) -> list[str]:
        return [tag for tag, _ in Reader(as_page(told)).elements]

    assert tags(in_these_words(HOSTILE)) == tags(in_these_words("meek words"))


def test_hostile_words_stay_to_be_read_on_the_page() -> None:
    assert "<script>alert(1)</script>" in Reader(as_page(in_these_words(HOSTILE))).text
    assert "{{ 7*7 }}" in Reader(as_page(in_these_words(HOSTILE))).text


@pytest.mark.parametrize("form", [in_the_terminal, as_page, as_markdown, as_json])
def test_no_form_holds_a_character_that_turns_the_terminal_or_the_writing(form: Callable[[Drift], str]) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f‪-‮]", form(in_these_words(HOSTILE)))


def test_hostile_words_are_text_in_markdown() -> None:
    told = re.sub(r"(?ms)^`{3,}sh$.*?^`{3,}$", "", as_markdown(in_these_words(HOSTILE)))

    assert "<script" not in told
    assert "@all" not in told
    assert "https://evil" not in told
    assert not re.search(r"(?<!\\)`x", told)
    assert not [line for line in told.splitlines() if line.startswith("# no")]


def test_hostile_words_come_back_from_json_as_they_were() -> None:
    assert json.loads(as_json(in_these_words(HOSTILE)))["base"] == HOSTILE


def crowd(cases: int) -> Drift:
    """Every case is worse, and each in a sentence of its own, which is long."""
    names = [f"calls.yaml::call {number}" for number in range(cases)]
    base = side(*(case(case_id=name) for name in names))
    slow = [shape(fails="audio", because=f"{name} {'x' * 5000}", order=(name,) * 50) for name in names]
    return drift(base, side(*(case(run(each), case_id=name) for each, name in zip(slow, names, strict=True))))


def test_markdown_stays_below_what_a_summary_takes() -> None:
    assert len(as_markdown(crowd(400)).encode()) < 200_000


def test_the_page_stays_light_when_everything_changed() -> None:
    tries = ["wire.attempt", "wire.refused 503", "connection.reconnecting 2"]
    names = [
        f"scenarios/incidents/f01.yaml::a long name of a case[provider=openai-realtime,number={n}]" for n in range(440)
    ]
    base = [case(run(shape(order=(*CUT, *tries * 8, *BACK))), case_id=name) for name in names]
    new = [case(run(shape(fails="order", order=(*CUT, *tries * 7))), case_id=name) for name in names]

    page = as_page(drift(side(*base, folder="runs/base"), side(*new, folder="runs/new")))

    assert len(page.encode()) < 300_000
    assert "And 290 more cases" in page


def test_the_terminal_tells_twenty_cases_and_counts_the_others() -> None:
    told = in_the_terminal(crowd(30))

    assert told.count("x worse") + told.count("✗ worse") == 20
    assert "and 10 more cases" in told


def test_json_has_them_all() -> None:
    assert len(json.loads(as_json(crowd(400)))["cases"]) == 400


def test_the_exit_code_stands_in_the_json() -> None:
    assert json.loads(as_json(some_drift()))["exit_code"] == exit_code(some_drift()) == 1
