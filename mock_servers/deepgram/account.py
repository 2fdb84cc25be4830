"""What a customer's project may do just now: how many connections at once, whether there is credit, what fails next."""

from __future__ import annotations

from collections import Counter

from mock_servers.deepgram.errors import CREDIT_USED_UP, TOO_MANY_REQUESTS, Refusal, Refused, bad_request

__all__ = ["Account", "Room"]


class Room:
    """The connections of one kind that a project may have at one time.

    Args:
        places: How many; published numbers have moved between 50 and 150 over the years.
        stale_slot_s: How long a connection that was not closed in order still counts. Users who saw 429 far below their
            limit suspect this (deepgram/deepgram-python-sdk#726); the service's figure is not known.
    """

    def __init__(self, *, places: int, stale_slot_s: float) -> None:
        self._places = places
        self._stale_slot_s = stale_slot_s
        self._taken = 0
        self._stale_until_s: list[float] = []

    def admit(self, now_s: float) -> None:
        """Do nothing if there is a place.

        Raises:
            Refused: There is none.
        """
        self._stale_until_s = [until_s for until_s in self._stale_until_s if until_s > now_s]
        if self._taken + len(self._stale_until_s) >= self._places:
            raise Refused(TOO_MANY_REQUESTS)

    def enter(self) -> None:
        self._taken += 1

    def leave(self, now_s: float, *, in_order: bool) -> None:
        self._taken -= 1
        if not in_order and self._stale_slot_s > 0:
            self._stale_until_s.append(now_s + self._stale_slot_s)


class Account:
    """The project that all keys of a mock belong to: limits are the project's, not those of a key."""

    def __init__(self) -> None:
        self._limited_until_s: float | None = None
        self._limited_once = False
        self._broke = 0
        self._failures: list[tuple[str, Refusal]] = []
        self._rejected: Counter[str] = Counter()

    def admit(self, now_s: float) -> None:
        """Let a connection or a REST call in.

        Raises:
            Refused: There is no credit, or a rate limit has not run out.
        """
        if self._broke:
            raise Refused(CREDIT_USED_UP)
        if self._limited_once or (self._limited_until_s is not None and now_s < self._limited_until_s):
            self._limited_once = False
            raise Refused(TOO_MANY_REQUESTS)

    def limit(self, now_s: float, for_s: float | None) -> None:
        """Turn requests away for a while; None turns the next one away."""
        if for_s is None:
            self._limited_once = True
        else:
            self._limited_until_s = now_s + for_s

    def unlimit(self) -> None:
        self._limited_once, self._limited_until_s = False, None

    def use_up_credit(self) -> None:
        self._broke += 1

    def refill_credit(self) -> None:
        self._broke = max(0, self._broke - 1)

    def fail_next(self, call: str, refusal: Refusal) -> None:
        """The next REST call of this name fails; an empty name means any call."""
        self._failures.append((call, refusal))

    def fail_no_more(self) -> None:
        self._failures.clear()

    def admit_call(self, call: str) -> None:
        """Let a REST call of this name be answered.

        Raises:
            Refused: It was ordered to fail, which it does once, or such calls are rejected.
        """
        if self._rejected[call] > 0:
            raise Refused(bad_request(f"{call} was rejected."))
        for place, (name, refusal) in enumerate(self._failures):
            if name in ("", call):
                del self._failures[place]
                raise Refused(refusal)

    def reject(self, call: str) -> None:
        """REST calls of this name are rejected until `reject_no_more` has been called as often."""
        self._rejected[call] += 1

    def reject_no_more(self, call: str) -> None:
        self._rejected[call] -= 1
