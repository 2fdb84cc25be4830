"""What others know about the words of the format, for editors to show: handed in, since scenarios come before all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.scenario.model import ProviderName

__all__ = ["Explained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One line for each word; a word that is missing here is completed all the same, and not explained.

    Attributes:
        events: Those that are the same for every provider.
        invariants: `I1` to `I28`.
        settings: Of each provider's mock.
    """

    events: Mapping[str, str] = field(default_factory=dict)
    invariants: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[ProviderName, Mapping[str, str]] = field(default_factory=dict)
