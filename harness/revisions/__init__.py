"""Revisions: two versions of a repository, played side by side, each with its own code."""

from harness.revisions.errors import RevisionError
from harness.revisions.play import Plan, Round, played
from harness.revisions.repository import Repository, short
from harness.revisions.tree import Tree
from harness.revisions.yardstick import beside, round_trip_us

__all__ = ["Plan", "Repository", "RevisionError", "Round", "Tree", "beside", "played", "round_trip_us", "short"]
