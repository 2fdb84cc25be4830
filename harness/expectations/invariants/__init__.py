"""The invariants: what every reconnecting client must keep, whoever wrote it, in whatever run. Each is a file."""

from harness.expectations.invariants.catalogue import INVARIANTS
from harness.expectations.invariants.limits import Limits
from harness.expectations.invariants.rule import rule
from harness.expectations.invariants.ruling import Invariant, Ruling, Said
from harness.expectations.invariants.story import Story

__all__ = ["INVARIANTS", "Invariant", "Limits", "Ruling", "Said", "Story", "rule"]
