"""Reading query parameters as strictly as the service does, and saying no in its words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mock_servers.base.protocol import Request
from mock_servers.deepgram.errors import Refused, bad_query

__all__ = ["Parameters", "invalid", "undeserializable"]

_U32_MAX = 0xFFFF_FFFF
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def undeserializable(why: str) -> Refused:
    return Refused(bad_query(f"Failed to deserialize query parameters: {why}"))


def invalid(name: str, value: str) -> Refused:
    """Source: deepgram/deepgram-python-sdk#279, where `dg-error` reads so word for word."""
    return Refused(bad_query(f"Invalid '{name}' value of '{value}'."))


class Parameters:
    """A request's query, name by name.

    Every method takes the default for a parameter that is not there, and raises `Refused` for one that is wrong.
    """

    def __init__(self, request: Request) -> None:
        self._request = request

    def text(self, name: str, default: str) -> str:
        value = self._request.parameter(name)
        return default if value is None else value

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of a parameter that may be repeated."""
        return tuple(value for key, value in self._request.query if key == name)

    def flag(self, name: str, default: bool = False) -> bool:
        """`true` or `false`, in lower case alone: `True` is refused (deepgram/deepgram-python-sdk#712)."""
        match self._request.parameter(name):
            case None:
                return default
            case "true":
                return True
            case "false":
                return False
            case _:
                raise undeserializable("provided string was not `true` or `false`")

    def positive(self, name: str, default: int) -> int:
        """A whole number from 1 to 2³²-1."""
        value = self.natural(name, default)
        if value == 0:
            raise undeserializable("invalid value: integer `0`, expected a nonzero u32")
        return value

    def natural(self, name: str, default: int) -> int:
        """A whole number from 0 to 2³²-1."""
        value = self._request.parameter(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit()):
            raise undeserializable("invalid digit found in string")
        # Longer texts are not even converted: Python refuses integers of thousands of digits with an error of its own.
        if len(value) > 10 or int(value) > _U32_MAX:
            raise undeserializable("number too large to fit in target type")
        return int(value)

    def decimal(self, name: str, least: float, most: float) -> float | None:
        """A number within these bounds; None if it is not there."""
        value = self._request.parameter(name)
        if value is None:
            return None
        if not _DECIMAL.fullmatch(value):
            raise undeserializable("invalid float literal")
        if not least <= float(value) <= most:
            raise invalid(name, value)
        return float(value)

    def known(self, names: Iterable[str]) -> None:
        """Refuse every other name: what /v2 does, and /v1 does not.

        Source: two third parties quote `Unknown query parameters: channels`.
        """
        allowed = frozenset(names)
        unknown = dict.fromkeys(name for name, _ in self._request.query if name not in allowed)
        if unknown:
            raise Refused(bad_query(f"Unknown query parameters: {', '.join(unknown)}"))

    def required(self, name: str) -> str:
        value = self._request.parameter(name)
        if value is None:
            raise undeserializable(f"missing field `{name}`")
        return value

    def choice(self, name: str, allowed: Iterable[str], default: str | None = None) -> str | None:
        value = self._request.parameter(name)
        if value is None:
            return default
        names = tuple(allowed)
        if value not in names:
            raise undeserializable(f"unknown variant `{value}`, expected one of {', '.join(f'`{n}`' for n in names)}")
        return value
