"""What must hold, a file each: functions from a case and a trace to findings, and the verdict that they add up to."""

from harness.expectations.finding import Finding, Verdict
from harness.expectations.verdict import Judgement, combine, judge

__all__ = ["Finding", "Judgement", "Verdict", "combine", "judge"]
