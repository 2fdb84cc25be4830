"""The JSON Schema of scenario files with what everybody knows of their words, for whom an editor completes them."""

from __future__ import annotations

from typing import Any

from harness.expectations.invariants import INVARIANTS
from harness.runner.registry import settings_explained
from harness.scenario.catalogue import PROVIDERS
from harness.scenario.schema import Explained, schema
from harness.trace.vocabulary import CLIENT_TOLD, RUN, WIRE

__all__ = ["explained_schema"]


def explained_schema() -> dict[str, Any]:
    return schema(
        Explained(
            events=CLIENT_TOLD | WIRE | RUN,
            invariants={name: invariant.rule for name, invariant in INVARIANTS.items()},
            settings={provider: settings_explained(provider) for provider in PROVIDERS},
        )
    )
