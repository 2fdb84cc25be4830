"""JSON as Go reads and writes it, since Toxiproxy's clients see its error texts and its escapes. Pure.

Every text here was measured on Toxiproxy 2.12.0.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["JsonError", "Number", "Object", "Value", "as_float32", "encode", "first_value", "kind"]

# Deeper nesting than any request has; without a bound a body of brackets would exhaust the stack.
DEPTH_MAX = 100

_SPACE = " \t\r\n"
_DIGITS = "0123456789"
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LITERALS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}


class JsonError(ValueError):
    """The text is no JSON, or not of the wanted type; the message is Go's."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written: 5, 5.0 and 1e2 are different things to Go."""

    literal: str


@dataclass(frozen=True, slots=True)
class Object:
    """Members in the order of the text, doubles included."""

    members: tuple[tuple[str, Value], ...]


Value = None | bool | str | Number | tuple["Value", ...] | Object


def first_value(body: bytes) -> Value:
    """The first JSON value of `body`; what follows it is ignored.

    Raises:
        JsonError: If there is none.
    """
    # One character for each byte: strings become UTF-8 where they are read.
    text = body.decode("latin-1")
    if not text.strip(_SPACE):
        raise JsonError("EOF")
    return _Reader(text).value(depth=0)


def kind(value: Value) -> str:
    """What Go calls the value in its errors."""
    match value:
        case str():
            return "string"
        case bool():
            return "bool"
        case Number():
            return "number"
        case tuple():
            return "array"
        case Object():
            return "object"
    return "null"


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def value(self, *, depth: int) -> Value:
        if depth > DEPTH_MAX:
            raise JsonError("exceeded max depth")
        char = self._next_solid()
        if char == "{":
            return self._object(depth)
        if char == "[":
            return self._array(depth)
        if char == '"':
            return self._string()
        if char == "-" or char in _DIGITS:
            return self._number()
        for literal, meaning in _LITERALS.items():
            if char == literal[0]:
                self._literal(literal)
                return meaning
        raise self._invalid("looking for beginning of value")

    def _object(self, depth: int) -> Object:
        members: list[tuple[str, Value]] = []
        self._at += 1
        if self._next_solid() == "}":
            self._at += 1
            return Object(())
        while True:
            if self._next_solid() != '"':
                raise self._invalid("looking for beginning of object key string")
            key = self._string()
            if self._next_solid() != ":":
                raise self._invalid("after object key")
            self._at += 1
            members.append((key, self.value(depth=depth + 1)))
            char = self._next_solid()
            if char not in ",}":
                raise self._invalid("after object key:value pair")
            self._at += 1
            if char == "}":
                return Object(tuple(members))

    def _array(self, depth: int) -> tuple[Value, ...]:
        elements: list[Value] = []
        self._at += 1
        if self._next_solid() == "]":
            self._at += 1
            return ()
        while True:
            elements.append(self.value(depth=depth + 1))
            char = self._next_solid()
            if char not in ",]":
                raise self._invalid("after array element")
            self._at += 1
            if char == "]":
                return tuple(elements)

    def _string(self) -> str:
        self._at += 1
        parts: list[str] = []
        while (char := self._peek()) != '"':
            if char == "\\":
                parts.append(self._escape())
            elif char < " ":
                raise self._invalid("in string literal")
            else:
                start = self._at
                while self._at < len(self._text) and self._text[self._at] not in '"\\' and self._text[self._at] >= " ":
                    self._at += 1
                parts.append(self._text[start : self._at].encode("latin-1").decode("utf-8", "replace"))
        self._at += 1
        # Halves of surrogate pairs meet here; one that has no other half is replaced, as Go does.
        return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _escape(self) -> str:
        self._at += 1
        char = self._peek()
        if char == "u":
            self._at += 1
            start = self._at
            for _ in range(4):
                if self._peek() not in "0123456789abcdefABCDEF":
                    raise self._invalid("in \\u hexadecimal character escape")
                self._at += 1
            return chr(int(self._text[start : self._at], 16))
        if char not in _ESCAPES:
            raise self._invalid("in string escape code")
        self._at += 1
        return _ESCAPES[char]

    def _number(self) -> Number:
        start = self._at
        if self._peek() == "-":
            self._at += 1
        if self._peek() == "0":
            self._at += 1
        else:
            self._digits("in numeric literal")
        if self._text[self._at : self._at + 1] == ".":
            self._at += 1
            self._digits("after decimal point in numeric literal")
        if self._text[self._at : self._at + 1] in ("e", "E"):
            self._at += 1
            if self._peek() in "+-":
                self._at += 1
            self._digits("in exponent of numeric literal")
        return Number(self._text[start : self._at])

    def _digits(self, where: str) -> None:
        if self._peek() not in _DIGITS:
            raise self._invalid(where)
        while self._text[self._at : self._at + 1] in tuple(_DIGITS):
            self._at += 1

    def _literal(self, literal: str) -> None:
        for expected in literal:
            if self._peek() != expected:
                raise self._invalid(f"in literal {literal} (expecting '{expected}')")
            self._at += 1

    def _next_solid(self) -> str:
        while self._peek() in _SPACE:
            self._at += 1
        return self._peek()

    def _peek(self) -> str:
        if self._at >= len(self._text):
            raise JsonError("unexpected EOF")
        return self._text[self._at]

    def _invalid(self, where: str) -> JsonError:
        char = self._text[self._at]
        return JsonError(f"invalid character {_quoted_char(char)} {where}")


def _quoted_char(char: str) -> str:
    special = {"'": "\\'", '"': '"', "\\": "\\\\", "\a": "\\a", "\v": "\\v"}
    special |= {meaning: f"\\{letter}" for letter, meaning in _ESCAPES.items() if meaning < " "}
    if char in special:
        return f"'{special[char]}'"
    if char.isprintable():
        return f"'{char}'"
    return f"'\\x{ord(char):02x}'" if char < "\x80" else f"'\\u{ord(char):04x}'"


def as_float32(value: float | Decimal) -> float:
    """The nearest number that 32 bits can hold. Raises OverflowError if there is none."""
    nearest: float = struct.unpack("<f", struct.pack("<f", float(value)))[0]
    if math.isinf(nearest):
        raise OverflowError(f"{value} is no 32-bit number")
    return nearest


def encode(value: object) -> str:
    """Go's compact JSON: members in the given order, `<`, `>`, `&` escaped, floats as 32-bit ones."""
    match value:
        case bool() | None:
            return json.dumps(value)
        case int():
            return str(value)
        case float():
            return _float32(value)
        case str():
            return _quoted(value)
        case Mapping():
            return "{" + ",".join(f"{_quoted(str(key))}:{encode(member)}" for key, member in value.items()) + "}"
        case Sequence():
            return "[" + ",".join(encode(element) for element in value) + "]"
    raise AssertionError(f"not for JSON: {value!r}")


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    for char in "<>&\u2028\u2029":
        quoted = quoted.replace(char, f"\\u{ord(char):04x}")
    return quoted


def _float32(value: float) -> str:
    """The shortest digits that name this 32-bit number; an exponent below 1e-6 and from 1e21."""
    nearest = as_float32(value)
    shortest = next(
        number for digits in range(17) if as_float32(number := Decimal(f"{nearest:.{digits}e}")) == nearest
    ).normalize()
    if value == 0 or 1e-6 <= abs(nearest) < 1e21:
        return f"{shortest:f}"
    mantissa, _, exponent = f"{shortest:e}".partition("e")
    return f"{mantissa}e{int(exponent):+d}"
