"""The look that all our pages share, and the rules that keep them harmless: nothing is fetched, nothing runs but our own script,
and whatever is put into a template is escaped, printable, and of a size that a browser bears."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.reports.lines import printable, shortened

__all__ = ["Head", "head", "page_environment"]

OURS = "harness.reports.html"

TEXT_CHARACTERS_MAX = 8_000
"""Of one text in a page. What is longer was never meant to be read, and the trace has it whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands in the head of a page. `policy` allows this style and this script, by their digests, and nothing else."""

    style: Markup
    script: Markup
    policy: str


def head(*, styles: tuple[str, ...] = ("look.css",), scripts: tuple[str, ...] = (), package: str = OURS) -> Head:
    """The head of a page made of these files, which are looked for in `package` and then among ours."""
    style, script = _joined(styles, package), _joined(scripts, package)
    allowed = [f"style-src {_digest(style)}"] + ([f"script-src {_digest(script)}"] if script else [])
    return Head(
        style=Markup(style),
        script=Markup(script),
        policy="; ".join(["default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"]),
    )


def page_environment(package: str = OURS) -> Environment:
    """Templates of `package`, which may use those of this one."""
    # `finalize` sees every value on its way into the page, before it is escaped: what turns the direction of writing is
    # told by its number, and ten megabytes from a server do not become ten megabytes of page.
    return Environment(
        loader=ChoiceLoader([PackageLoader(name, "") for name in dict.fromkeys((package, OURS))]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


def _shown(value: object) -> object:
    return printable(shortened(value, TEXT_CHARACTERS_MAX)) if type(value) is str else value


def _joined(names: tuple[str, ...], package: str) -> str:
    return "".join(_read(name, package) for name in names)


def _read(name: str, package: str) -> str:
    for home in (package, OURS):
        file = files(home).joinpath(name)
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise AssertionError(f"there is no {name} in {package}")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
