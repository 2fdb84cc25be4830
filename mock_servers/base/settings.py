"""The settings of a vendor's mock: what there is to set, and the reading of what somebody set.

Each vendor has a frozen dataclass `Settings`, whose defaults are the vendor's own behaviour; a field is one setting, and
the string below it says what it means. A setting has one name everywhere (in Python, on the command line, in scenarios),
with its unit in it, so its value is a plain number: `session_cap_s=90`.
"""

from __future__ import annotations

import ast
import dataclasses
import difflib
import functools
import inspect
import math
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from mock_servers.base.errors import MockServerError

__all__ = ["BadSetting", "Kind", "Setting", "listed", "read_settings", "settings_in", "written_settings"]

S = TypeVar("S")

Kind = type[bool] | type[int] | type[float] | type[str] | tuple[str, ...]
"""What a setting takes: a number, a text, `true` or `false`, or one of these words."""

UNITS = {"s": "seconds", "ms": "milliseconds", "bytes": "bytes", "hz": "hertz"}


class BadSetting(MockServerError, ValueError):
    """There is no such setting, or it cannot have this value; the message says what there is."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a mock; `meaning` is what its documentation says, on one line."""

    name: str
    kind: Kind
    default: bool | int | float | str
    meaning: str


def settings_in(kind: type) -> tuple[Setting, ...]:
    """What can be set in this dataclass, in its order.

    Raises:
        TypeError: If a field is of a type that nobody could write on a command line; it names the field.
    """
    hints, meanings, defaults = get_type_hints(kind), _strings_below(kind), kind()
    return tuple(
        Setting(
            name=field.name,
            kind=_kind(field.name, hints[field.name]),
            default=getattr(defaults, field.name),
            meaning=meanings.get(field.name, ""),
        )
        for field in dataclasses.fields(kind)
    )


def listed(kind: type) -> Iterator[str]:
    """Every setting with its default and its meaning, a paragraph of lines each."""
    for setting in settings_in(kind):
        words = f"  ({', '.join(setting.kind)})" if isinstance(setting.kind, tuple) else ""
        yield f"{setting.name}={_shown(setting.default)}{words}"
        yield from textwrap.wrap(setting.meaning, width=100, initial_indent="    ", subsequent_indent="    ")


def written_settings(written: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` after `NAME=VALUE`; of two values for one name the later holds.

    Raises:
        BadSetting: If one has no '='.
    """
    found: dict[str, str] = {}
    for each in written:
        name, equals, value = each.partition("=")
        if not equals or not name.strip():
            raise BadSetting(f"{each!r} sets nothing: write NAME=VALUE, for example session_cap_s=90")
        found[name.strip()] = value.strip()
    return found


def read_settings(kind: type[S], given: Mapping[str, object], *, whose: str) -> S:
    """The settings with these values in them, which may be texts, and its defaults for the rest.

    Args:
        kind: A vendor's `Settings`.
        whose: Whose they are, for the messages: `deepgram`.

    Raises:
        BadSetting: If one is not there, or cannot have this value.
    """
    there = {setting.name: setting for setting in settings_in(kind)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in there:
            raise BadSetting(_no_such(name, tuple(there), whose))
        values[name] = _value(there[name], value)
    try:
        return kind(**values)
    except ValueError as wrong:
        raise BadSetting(f"{whose}: {wrong}") from wrong


# ── what there is ────────────────────────────────────────────────────────────


def _kind(name: str, hint: Any) -> Kind:
    words: tuple[str, ...] = get_args(hint) if get_origin(hint) is Literal else ()
    if words and all(isinstance(word, str) for word in words):
        return words
    kinds: dict[object, Kind] = {bool: bool, int: int, float: float, str: str}
    if hint in kinds:
        return kinds[hint]
    raise TypeError(f"the setting {name!r} is a {hint}; settings are bool, int, float, str or a Literal of words")


@functools.cache
def _strings_below(kind: type) -> Mapping[str, str]:
    """The string literal below each field, which Python itself throws away; found once for all mocks, since it takes 5 ms."""
    (defined,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(defined, ast.ClassDef)
    found: dict[str, str] = {}
    for above, below in zip(defined.body, defined.body[1:], strict=False):
        match above, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                found[name] = " ".join(said.split())
    return found


def _no_such(name: str, there: tuple[str, ...], whose: str) -> str:
    close = difflib.get_close_matches(name, there, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{whose} has no setting {name!r}; {hint}It has: {', '.join(there) or 'none'}"


# ── values ───────────────────────────────────────────────────────────────────


def _value(setting: Setting, given: object) -> bool | int | float | str:
    if isinstance(setting.kind, tuple):
        if given in setting.kind:
            return str(given)
        raise _bad(setting, given, f"one of {', '.join(setting.kind)}")
    if setting.kind is str:
        if isinstance(given, str):
            return given
        raise _bad(setting, given, "a text")
    if setting.kind is bool:
        truth = {"true": True, "false": False}.get(str(given).lower() if isinstance(given, bool) else str(given))
        if truth is None:
            raise _bad(setting, given, "true or false")
        return truth
    return _number(setting, given)


def _number(setting: Setting, given: object) -> int | float:
    takes = f"a {'whole ' if setting.kind is int else ''}number{_of_unit(setting.name)}, at least 0"
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise _bad(setting, given, takes)
    text = str(given)
    pattern = r"\d+" if setting.kind is int else r"\d+(\.\d+)?(e[+-]?\d+)?"
    if not re.fullmatch(pattern, text, re.ASCII | re.IGNORECASE) or not math.isfinite(float(text)):
        raise _bad(setting, given, takes)
    return int(text) if setting.kind is int else float(text)


def _of_unit(name: str) -> str:
    unit = next((part for part in reversed(name.split("_")) if part in UNITS), None)
    return f" of {UNITS[unit]}" if unit and f"per_{unit}" not in name else ""


def _bad(setting: Setting, given: object, takes: str) -> BadSetting:
    return BadSetting(f"{setting.name} cannot be {given!r}: it takes {takes}, for example {_shown(setting.default)}")


def _shown(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case _:
            return str(value)
