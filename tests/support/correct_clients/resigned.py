"""A small budget, by design: two attempts, and the application is told that it is over."""

from __future__ import annotations

from harness.clients import Endpoints
from harness.scenario import Case
from tests.support.correct_clients.manners import Manners
from tests.support.correct_clients.persistent import Persistent

__all__ = ["Resigned", "resigned"]


class Resigned(Persistent):
    """For applications that have something better to do than to wait, such as another provider."""

    manners = Manners(attempts=2, first_s=0.5)


def resigned(case: Case, endpoints: Endpoints) -> Resigned:
    return Resigned(case, endpoints)
