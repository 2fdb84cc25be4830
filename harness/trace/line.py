"""One line of a trace file, whose values are taken out by name and type, or which says where it is wrong."""

from __future__ import annotations

import json
from typing import Any

from harness.trace.errors import TraceError

__all__ = ["Line"]


class Line:
    """A JSON object and the place (`path:line`) where it stands."""

    def __init__(self, place: str, values: dict[str, Any]) -> None:
        self.values = values
        self._place = place

    @classmethod
    def read(cls, text: bytes, *, place: str) -> Line:
        """Raises TraceError if these bytes are no JSON object."""
        try:
            values = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
        except UnicodeDecodeError as error:
            raise TraceError(f"{place}: this is not UTF-8 (byte {error.start + 1})") from error
        except json.JSONDecodeError as error:
            raise TraceError(f"{place}: this is no JSON: {error.msg} (column {error.colno})") from error
        except (ValueError, RecursionError) as error:
            raise TraceError(f"{place}: this is no JSON that a trace can hold: {error}") from error
        if not isinstance(values, dict):
            raise TraceError(f"{place}: a line of a trace is a JSON object, not {_name(values)}")
        return cls(place, values)

    def error(self, what: str) -> TraceError:
        return TraceError(f"{self._place}: {what}")

    def expect_only(self, *names: str) -> None:
        for name in self.values:
            if name not in names:
                raise self.error(f"there is no field {name!r} here; there are {', '.join(names)}")

    def text(self, name: str) -> str:
        return str(self._checked(name, str))

    def texts(self, name: str) -> tuple[str, ...]:
        listed: list[Any] = self._checked(name, list)
        if not all(isinstance(each, str) for each in listed):
            raise self.error(f"{name!r} should be a list of texts")
        return tuple(listed)

    def whole(self, name: str, *, at_least: int | None = 0) -> int:
        number = int(self._checked(name, int))
        if at_least is not None and number < at_least:
            raise self.error(f"{name!r} is {number}; it cannot be less than {at_least}")
        return number

    def object(self, name: str) -> dict[str, Any]:
        return dict(self._checked(name, dict))

    def within(self, name: str) -> Line:
        """The object of that name, as a line of its own at the same place."""
        return Line(self._place, self.object(name))

    def _checked(self, name: str, kind: type) -> Any:
        if name not in self.values:
            raise self.error(f"{name!r} is missing")
        value = self.values[name]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.error(f"{name!r} is {_name(value)}, it should be {_NAMES[kind]}")
        return value


_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a whole number",
    float: "a fraction",
    bool: "a truth value",
}


def _name(value: Any) -> str:
    return _NAMES.get(type(value), "null")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
