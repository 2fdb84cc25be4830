"""Never gives up: full jitter up to half a minute, for as long as it is not stopped."""

from __future__ import annotations

from harness.clients import Endpoints
from harness.scenario import Case
from tests.support.correct_clients.manners import Manners
from tests.support.correct_clients.persistent import Persistent

__all__ = ["Tireless", "tireless"]


class Tireless(Persistent):
    """For a device on a wall that nobody restarts."""

    manners = Manners(attempts=None, first_s=1.0, cap_s=30.0, jitter="full")


def tireless(case: Case, endpoints: Endpoints) -> Tireless:
    return Tireless(case, endpoints)
