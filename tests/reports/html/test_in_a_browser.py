"""The page in a real browser: nothing is fetched, nothing foreign runs, and everything can be reached.

What a browser does it does in its own time; nothing here asserts how long that is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.reports import CaseResult
from harness.reports.html import report_page
from tests.support.browser import Browser, Page, found_browser, launched
from tests.support.reports import HARM, eventful, hostile, lost
from tests.support.results import failed, passed, result_of
from tests.support.traces import case

PROGRAM = found_browser()

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium or Chrome here")

DRAWN = (
    "new Promise(done => {const look = () => document.querySelector('{}') ? done(true) : setTimeout(look, 20); look()})"
)
ARROW_RIGHT, TAB, ENTER = ("ArrowRight", 39), ("Tab", 9), ("Enter", 13)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert PROGRAM is not None
    with launched(PROGRAM) as running:
        yield running


def packed(result: CaseResult) -> list[CaseResult]:
    """The same case, as it is told where it passed and there are many: its timeline is then for the script to draw."""
    others = [result_of(*passed().runs, asked=case(), case_id=f"calls.yaml::another[n={n}]") for n in range(9)]
    return [result_of(*result.runs, asked=case(), case_id=result.case.id), *others]


def written(folder: Path, results: list[CaseResult]) -> Path:
    path = folder / "report.html"
    path.write_text(report_page(results, None), encoding="utf-8")
    return path


def opened(page: Page) -> None:
    """Open every case, and wait until the script has drawn each."""
    page.does("document.querySelectorAll('details[data-case]').forEach(each => each.open = true)")
    until = "[...document.querySelectorAll('details[data-case]')].every(each => each.querySelector('svg.marks'))"
    page.does(f"new Promise(done => {{const look = () => {until} ? done(1) : setTimeout(look, 20); look()}})")


def test_a_page_fetches_nothing_and_complains_of_nothing(browser: Browser, tmp_path: Path) -> None:
    path = written(tmp_path, [lost(), failed(), *packed(passed())])

    with browser.page(path) as page:
        opened(page)

        assert page.asked_for == [path.as_uri()]
        assert page.complaints == []


def test_a_page_without_script_shows_what_did_not_pass(browser: Browser, tmp_path: Path) -> None:
    path = written(tmp_path, [lost(), *packed(passed())])

    with browser.page(path, script=False) as page:
        # The protocol's own expressions still run where the page's scripts do not.
        assert page.does("document.querySelectorAll('svg.marks a').length") == 18
        assert page.does("document.querySelector('.sentence').checkVisibility()")
        assert page.complaints == []


@pytest.mark.parametrize("many", [1, 12], ids=["drawn", "packed"])
def test_harm_does_nothing(browser: Browser, tmp_path: Path, many: int) -> None:
    path = written(tmp_path, [hostile() for _ in range(many)])

    with browser.page(path) as page:
        page.does("document.querySelectorAll('article').forEach(each => each.scrollIntoView())")
        opened(page)

        assert page.does("typeof harmed") == "undefined"
        assert page.does("document.querySelectorAll('img, iframe, object, embed, link').length") == 0
        assert page.asked_for == [path.as_uri()]
        assert page.complaints == []


def test_harm_in_what_the_script_draws_is_text(browser: Browser, tmp_path: Path) -> None:
    asked = case().model_copy(update={"summary": HARM})
    results = [result_of(*hostile().runs, asked=asked, case_id=f"calls.yaml::{n}{HARM}") for n in range(30)]

    with browser.page(written(tmp_path, results)) as page:
        page.does("document.querySelector('article:last-of-type').scrollIntoView()")
        page.does(DRAWN.replace("{}", "article:last-of-type svg.marks"))

        assert page.does("typeof harmed") == "undefined"
        assert "<script>" in page.does("document.querySelector('article:last-of-type .sheet').textContent")
        assert page.complaints == []


def shapes(page: Page, where: str) -> Any:
    """What is drawn there, without the ids and the titles, whose times are told to the pixel only."""
    return json.loads(
        page.does(
            f"""JSON.stringify([...document.querySelectorAll({json.dumps(where)} + ' svg')].map(svg => {{
                const copy = svg.cloneNode(true);
                copy.querySelectorAll('title').forEach(each => each.remove());
                return [copy, ...copy.querySelectorAll('*')].map(each => [each.tagName, each.children.length ? '' : each.textContent,
                    ...[...each.attributes].filter(one => !['id', 'href', 'tabindex', 'aria-label'].includes(one.name))
                        .map(one => one.name + '=' + one.value).sort()]);
            }}))"""
        )
    )


@pytest.mark.parametrize("result", [lost(), failed(), eventful(400)], ids=lambda result: result.case.id)
def test_the_script_draws_what_is_drawn_without_it(browser: Browser, tmp_path: Path, result: CaseResult) -> None:
    many = [result_of(*result.runs, asked=case(), case_id=f"calls.yaml::{n}") for n in range(40)]

    with browser.page(written(tmp_path, many)) as page:
        page.does("document.querySelector('article:last-of-type').scrollIntoView()")
        page.does(DRAWN.replace("{}", "article:last-of-type svg.marks"))

        assert shapes(page, "article:last-of-type .sheet") == shapes(page, "article:first-of-type .sheet")


def test_the_tab_key_reaches_a_timeline_and_the_arrow_keys_its_marks(browser: Browser, tmp_path: Path) -> None:
    with browser.page(written(tmp_path, [lost()])) as page:
        for _ in range(20):
            page.press(*TAB)
            if page.does("!!document.activeElement.closest('svg.marks')"):
                break
        page.press(*ARROW_RIGHT)

        assert page.does("document.activeElement.id") == "c1-m2"
        assert page.does("document.querySelector('.reading').textContent") == "2 s to 4 s: fault outage: down"


def test_a_link_to_a_mark_says_what_it_is(browser: Browser, tmp_path: Path) -> None:
    with browser.page(written(tmp_path, [lost()])) as page:
        page.does("location.hash = 'c1-m1'")
        page.does("new Promise(done => setTimeout(done, 50))")

        assert page.does("document.querySelector('.reading').textContent").startswith("2 s: fault cut: close")
        assert page.does("document.querySelector(':target').id") == "c1-m1"


def test_a_link_to_a_case_that_passed_opens_it(browser: Browser, tmp_path: Path) -> None:
    with browser.page(written(tmp_path, packed(passed()))) as page:
        page.does("location.hash = 'c3'")
        page.does(DRAWN.replace("{}", "#c3 svg.marks"))

        assert page.does("document.querySelector('#c3').open")
        told = "deadair run 'calls.yaml::another[n=1]' --seed 42 --clock virtual"
        assert page.does("document.querySelector('#c3 code.line').firstChild.textContent") == told


def test_a_link_to_a_mark_of_a_case_that_passed_draws_it(browser: Browser, tmp_path: Path) -> None:
    with browser.page(written(tmp_path, packed(passed()))) as page:
        page.does("location.hash = 'c3-m1'")
        page.does(DRAWN.replace("{}", "#c3-m1"))
        page.does("new Promise(done => setTimeout(done, 50))")

        assert page.does("document.activeElement.id") == "c3-m1"
        assert page.does("document.querySelector('#c3 .reading').textContent") == "about 0 s to 9.5 s: active"
        assert page.does("document.querySelectorAll('#c3 svg.marks').length") == 1


def test_what_is_looked_for_is_found(browser: Browser, tmp_path: Path) -> None:
    with browser.page(written(tmp_path, packed(passed()))) as page:
        page.does("document.getElementById('find').value = 'N=4'")
        page.does("document.getElementById('find').dispatchEvent(new Event('input'))")

        seen = "[...document.querySelectorAll('details.passed')].filter(each => each.checkVisibility()).length"
        assert page.does(seen) == 1
        assert page.does("document.getElementById('found').textContent") == "1 left"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_words_can_be_read_on_their_paper(browser: Browser, tmp_path: Path, dark: bool) -> None:
    contrast = """
        const light = color => {
            const [r, g, b] = color.match(/[\\d.]+/g).map(Number)
                .map(each => (each /= 255) <= .04045 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4);
            return .2126 * r + .7152 * g + .0722 * b;
        };
        const paper = element => {
            for (; element; element = element.parentElement) {
                const color = getComputedStyle(element).backgroundColor;
                if (!color.endsWith(' 0)') && !/, 0?\\.\\d+\\)$/.test(color)) return color;
            }
            return 'rgb(255, 255, 255)';
        };
        Math.min(...[...document.querySelectorAll('h1, h3 a, p, td, th, li, dd, dt, summary, code')].map(each => {
            const [one, other] = [light(getComputedStyle(each).color), light(paper(each))].sort((a, b) => b - a);
            return (one + .05) / (other + .05);
        }))
    """
    with browser.page(written(tmp_path, [lost(), failed(), *packed(passed())]), dark=dark) as page:
        # 4.5 is what WCAG 2.2 asks for (1.4.3, level AA).
        assert page.does(f"(() => {{{contrast.strip().replace('Math.min', 'return Math.min')}}})()") >= 4.5


def test_a_phone_shows_the_page_without_scrolling_sideways(browser: Browser, tmp_path: Path) -> None:
    with browser.page(written(tmp_path, [lost(), failed(), hostile("x" * 3_000)]), width=390, height=844) as page:
        # What is far below is laid out only when it is scrolled to; here all of it counts.
        page.does("document.querySelectorAll('article').forEach(each => {each.style.contentVisibility = 'visible'})")

        assert page.does("document.documentElement.scrollWidth") <= 390


def test_a_phone_begins_at_the_moment_at_which_it_broke(browser: Browser, tmp_path: Path) -> None:
    with browser.page(written(tmp_path, [lost()]), width=390, height=844) as page:
        place = "document.querySelector('path.broke').getBoundingClientRect().x"

        assert 100 < page.does(place) < 390
