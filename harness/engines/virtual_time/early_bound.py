"""Functions that other modules have imported by name, as in `from time import monotonic`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

__all__ = ["EarlyBound"]

_WAITING_FOR_THREADS = ("concurrent", "multiprocessing", "queue", "selectors", "subprocess", "threading")
"""Packages of the standard library that wait for threads and processes: virtual time would stand still meanwhile."""


class EarlyBound:
    """Finds the names under which modules keep certain functions. Each module is looked through once.

    Args:
        replacements: The replacement of each function.
        but_not_in: The name of the module that keeps the real functions for itself.
    """

    def __init__(self, replacements: Mapping[Callable[..., Any], Callable[..., Any]], *, but_not_in: str) -> None:
        self._replacements = {id(real): (real, replacement) for real, replacement in replacements.items()}
        self._but_not_in = but_not_in
        self._seen: dict[str, ModuleType] = {}
        self._found: list[tuple[ModuleType, str, Callable[..., Any]]] = []

    def names(self) -> tuple[tuple[ModuleType, str, Callable[..., Any]], ...]:
        """`(module, name, replacement)` of each, in all modules that are loaded by now."""
        if len(self._seen) != len(sys.modules):
            for name, module in tuple(sys.modules.items()):
                if self._seen.get(name) is not module:
                    self._seen[name] = module
                    self._look_through(name, module)
        return tuple(self._found)

    def _look_through(self, name: str, module: object) -> None:
        if not isinstance(module, ModuleType):  # sys.modules may hold anything, None above all
            return
        if name in ("time", self._but_not_in) or name.partition(".")[0] in _WAITING_FOR_THREADS:
            return
        for attribute, value in tuple(vars(module).items()):
            if id(value) in self._replacements:
                self._found.append((module, attribute, self._replacements[id(value)][1]))
