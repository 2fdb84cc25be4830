"""What a test has done to a connection, in the words of a scenario's `do:`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.pytest_plugin.values import written
from harness.scenario import LoadError
from harness.scenario.actions import action
from harness.scenario.errors import Mistakes
from harness.scenario.model import Action, ProviderName
from harness.scenario.reading import Reading, Unread
from harness.scenario.source import parse

__all__ = ["Said", "read_action"]

Said = str | Mapping[str, Any]


def read_action(said: Said, *, provider: ProviderName | None = None) -> Action:
    """The action of `"reset"`, `{"close": 1011}`, `{"latency": "400ms"}`.

    Raises:
        LoadError: If there is no such action, or this provider has none; it says which there are.
        DeadairError: If there is something in it that no scenario could say.
    """
    __tracebackhide__ = True
    mistakes = Mistakes()
    node, wrong = parse(written(said), path="do")
    mistakes.extend(wrong)
    try:
        if node is not None and not wrong:
            return action(node, Reading(mistakes=mistakes, provider=provider))
    except Unread:
        pass  # the mistake has been noted
    raise LoadError(mistakes.in_order())
