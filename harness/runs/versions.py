"""What is different between the machine on which a run was played and this one. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.runs.about import About

__all__ = ["differences"]

MISSING = "none"


def differences(then: About, now: About) -> tuple[str, ...]:
    """A line for each version that has changed: `websockets 15.0 then, 17.4 now`; nothing if none has."""
    return tuple(f"{name} {was} then, {is_} now" for name, was, is_ in _pairs(then, now) if was != is_)


def _pairs(then: About, now: About) -> Iterator[tuple[str, str, str]]:
    yield "deadair", then.deadair, now.deadair
    yield "Python", then.python, now.python
    yield "platform", then.platform, now.platform
    for name in dict.fromkeys((*then.libraries, *now.libraries)):
        yield name, then.libraries.get(name, MISSING), now.libraries.get(name, MISSING)
