"""JSON as strictly as the service reads it: Python alone takes `NaN` and halves of characters."""

from __future__ import annotations

import json
from typing import Any, NoReturn

__all__ = ["Malformed", "read"]


class Malformed(ValueError):
    """`why` it is no JSON, and after how many characters (`at`) that shows."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.why = why
        self.at = at


def read(text: str) -> Any:
    """The value.

    Raises:
        Malformed: It is none, or one of absurd depth or length.
    """
    try:
        value = _JSON.decode(text)
    except json.JSONDecodeError as error:
        raise Malformed("expected value", error.pos) from error
    except (ValueError, RecursionError) as error:
        raise Malformed("expected value", 0) from error
    if "\\" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise Malformed("lone leading surrogate in hex escape", len(text) - 1) from error
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_JSON = json.JSONDecoder(parse_constant=_no_constant)
