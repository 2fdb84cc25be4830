"""The invariants: what every reconnecting client must keep, whoever wrote it, in whatever run. Each is a file."""

from harness.expectations.invariants.catalogue import INVARIANTS
from harness.expectations.invariants.jitter import jitter
from harness.expectations.invariants.rule import findings, is_timed, rule
from harness.expectations.invariants.ruling import Invariant, Ruling, Said
from harness.expectations.invariants.story import Story
from harness.scenario.limits import Limits

__all__ = ["INVARIANTS", "Invariant", "Limits", "Ruling", "Said", "Story", "findings", "is_timed", "jitter", "rule"]
