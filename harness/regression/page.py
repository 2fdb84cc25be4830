"""A comparison as a web page, in the look of all our pages: one file, nothing loaded, nothing run. Pure; the template escapes
whatever it is given."""

from __future__ import annotations

from functools import partial

from harness.expectations.words import lasting
from harness.regression.aligned import aligned
from harness.regression.change import Change, Weight
from harness.regression.drift import Drift
from harness.regression.words import MEANINGS, SIGNS, causes, headline, left_and_come, see, time_said, yardstick_said
from harness.reports.html import head, page_environment

__all__ = ["as_page"]

PACKAGE = "harness.regression"

CASES_TOLD_MAX = 150
"""A page of more is read by nobody, and heavy to open."""


def as_page(drift: Drift) -> str:
    """The whole comparison as the text of a file."""
    environment = page_environment(PACKAGE)
    environment.filters |= {"columns": _columns, "lasting": lasting, "time_said": time_said}
    return environment.get_template("page.html.jinja").render(
        head=head(styles=("look.css", "page.css"), package=PACKAGE),
        drift=drift,
        title=headline(drift),
        see=partial(see, drift),
        causes=causes(drift),
        cases=drift.cases[:CASES_TOLD_MAX],
        more=max(0, len(drift.cases) - CASES_TOLD_MAX),
        others=left_and_come(drift),
        yardstick=yardstick_said(drift.yardstick),
        weights=[(weight, len(drift.having(weight))) for weight in Weight if drift.having(weight)],
        signs=SIGNS,
        meanings=MEANINGS,
    )


def _columns(change: Change) -> object:
    """The two orders side by side; nothing where they were not kept."""
    if change.base is None or change.new is None or not change.base.words or not change.new.words:
        return ()
    return aligned(change.base.words, change.new.words)
