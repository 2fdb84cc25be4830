"""The exhibit: what of a run's trace is laid before whoever reads its report. Pure, small enough to go through a pipe, and
without an opinion on whether it becomes a page, a terminal or a file."""

from harness.reports.exhibit.exhibit import Exhibit, exhibit
from harness.reports.exhibit.faults import FaultEvidence
from harness.reports.exhibit.host import Host
from harness.reports.exhibit.marks import LANES, Lane, Mark, Tone
from harness.reports.exhibit.nearby import Nearby
from harness.reports.exhibit.order import OrderLine, Place
from harness.reports.exhibit.timeline import Timeline, timeline

__all__ = [
    "LANES", "Exhibit", "FaultEvidence", "Host", "Lane", "Mark", "Nearby", "OrderLine", "Place", "Timeline", "Tone",
    "exhibit", "timeline",
]  # fmt: skip
