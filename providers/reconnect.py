"""When to reconnect, how long to wait first, and when to give up: decided here, done elsewhere.

`decide(standing, happened)` takes where a connection stands and what has happened to it, and returns where it stands
now and what is to be done. Nothing here waits, opens or tells anybody. Times are seconds of the caller's own clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

__all__ = [
    "MOVES", "Cause", "Decision", "GiveUp", "Happening", "Held", "Limited", "Lost", "Nothing", "Open", "Opened",
    "Permanent", "Phase", "Policy", "Recovered", "Refused", "Standing", "Transient", "Useful", "Verdict", "Wait", "Waited",
    "decide", "delays",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a connection ended, or why an attempt came to nothing: what is known of it, and not yet what it means.

    Args:
        says: The cause in words, fit for a person and free of credentials.
        close_code: As RFC 6455 reports it (1005 without status, 1006 without close frame); None if it never was open.
        status: The HTTP status that refused the upgrade.
        error_code: The provider's own code, where it gave one.
        retry_after_s: How long the server asked to be left alone; at least 0.
        resumed: Whether the connection was to go on with an older session.
    """

    says: str
    close_code: int | None = None
    close_reason: str = ""
    status: int | None = None
    error_code: str = ""
    retry_after_s: float | None = None
    resumed: bool = False


class Verdict:
    """What a provider makes of a cause."""


@dataclass(frozen=True, slots=True)
class Transient(Verdict):
    """It may well work next time."""


@dataclass(frozen=True, slots=True)
class Permanent(Verdict):
    """It will not work with this key, account or request, however often it is tried."""


@dataclass(frozen=True, slots=True)
class Limited(Verdict):
    """It will work, and not before `wait_s` seconds from now."""

    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patient a client is.

    Args:
        attempts: How many attempts an outage may use up.
        first_delay_s: The wait before the first attempt; more than 0.
        factor: What each wait is multiplied by to give the next; at least 1.
        stable_after_s: A connection has proved itself once it has lived so long and has brought something useful.
        stable_unheard_after_s: Or once it has lived so long and answered its pings, for callers who are silent.
        excused_max: How many attempts that a rate limit turned away are not counted; later ones are.
        hold_s_max: A server that asks for more than this is not waited for.
    """

    attempts: int = 5
    first_delay_s: float = 1.0
    factor: float = 2.0
    stable_after_s: float = 5.0
    stable_unheard_after_s: float = 20.0
    excused_max: int = 5
    hold_s_max: float = 3600.0


class Phase(Enum):
    UP = "up"
    WAITING = "waiting"
    OPENING = "opening"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a connection stands.

    Args:
        up_since_s: When it was opened.
        useful: Whether it has brought anything that a caller can use.
        spent: The attempts used up since a connection last proved itself.
        excused: The attempts since then that a rate limit turned away, and that are not counted.
        hold_until_s: No attempt before this moment.
    """

    phase: Phase = Phase.UP
    up_since_s: float = 0.0
    useful: bool = False
    spent: int = 0
    excused: int = 0
    hold_until_s: float = 0.0


class Happening:
    """Something that happened to the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Happening):
    """A session is ready; the first of all, or one that was asked for by `Open`."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Useful(Happening):
    """Something came that a server which only accepts and hangs up would not send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost(Happening):
    """The connection is gone, and nobody here asked for that."""

    at_s: float
    cause: Cause
    verdict: Verdict = field(default_factory=Transient)


@dataclass(frozen=True, slots=True)
class Waited(Happening):
    """The time that `Wait` named has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Happening):
    """The attempt came to nothing, wherever between TCP and the restored session it stuck."""

    at_s: float
    cause: Cause
    verdict: Verdict = field(default_factory=Transient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Happening):
    """The server said, within a session, that nothing more is wanted before this moment."""

    until_s: float


class Decision:
    """What is to be done now."""


@dataclass(frozen=True, slots=True)
class Nothing(Decision):
    """Go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Decision):
    """Wait `sleep_s` seconds before attempt number `attempt`.

    `backoff_s` is what the schedule asks for, `limit_s` what a rate limit asks for; the longer of them is waited.
    """

    attempt: int
    backoff_s: float
    limit_s: float = 0.0

    @property
    def sleep_s(self) -> float:
        return max(self.backoff_s, self.limit_s)


@dataclass(frozen=True, slots=True)
class Open(Decision):
    """Make the attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered(Decision):
    """The outage ended well with attempt number `attempts`."""

    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp(Decision):
    """The outage is final, after so many attempts, for this reason."""

    attempts: int
    cause: Cause


MOVES: Mapping[tuple[Phase, type[Happening]], tuple[Phase, ...]] = {
    (Phase.OPENING, Opened): (Phase.UP,),
    (Phase.OPENING, Refused): (Phase.WAITING, Phase.OVER),
    (Phase.OPENING, Held): (Phase.OPENING,),
    (Phase.WAITING, Waited): (Phase.OPENING,),
    (Phase.WAITING, Held): (Phase.WAITING,),
    (Phase.UP, Opened): (Phase.UP,),
    (Phase.UP, Useful): (Phase.UP,),
    (Phase.UP, Held): (Phase.UP,),
    (Phase.UP, Lost): (Phase.WAITING, Phase.OVER),
}
"""Every legal move: in this phase, when this happens, one of these phases follows. From OVER there is no way on.

`Opened` while UP is the first connection, or a planned move to a new one.
"""

_GO_ON = Nothing()


def delays(policy: Policy) -> tuple[float, ...]:
    """The waits before each attempt, in seconds: 1, 2, 4, 8, 16 by default."""
    return tuple(policy.first_delay_s * policy.factor**n for n in range(policy.attempts))


def decide(standing: Standing, happened: Happening, policy: Policy) -> tuple[Standing, Decision]:
    """Where the connection stands after what happened, and what is to be done.

    Raises:
        AssertionError: If this cannot happen in this phase (`MOVES`).
    """
    if (standing.phase, type(happened)) not in MOVES:
        raise AssertionError(f"{type(happened).__name__} while {standing.phase.value}: {happened}, {standing}")
    match happened:
        case Opened(at_s=at_s):
            return _opened(standing, at_s)
        case Useful():
            return replace(standing, useful=True), _GO_ON
        case Held(until_s=until_s):
            return replace(standing, hold_until_s=max(standing.hold_until_s, until_s)), _GO_ON
        case Waited():
            return replace(standing, phase=Phase.OPENING), Open()
        case Lost():
            return _lost(standing, happened, policy)
        case Refused():
            return _refused(standing, happened, policy)
    raise AssertionError(f"nobody decides about {happened}")


def _opened(standing: Standing, at_s: float) -> tuple[Standing, Decision]:
    if standing.phase is Phase.UP:
        return replace(standing, up_since_s=at_s, useful=False), _GO_ON
    attempts = standing.spent + 1
    # An accepted handshake proves little: a server that refuses the account accepts, says it is ready, then hangs up.
    # So the attempt stays spent until this connection has proved itself, or such a server is called forever.
    up = replace(standing, phase=Phase.UP, up_since_s=at_s, useful=False, spent=attempts)
    return up, Recovered(attempts=attempts)


def _lost(standing: Standing, lost: Lost, policy: Policy) -> tuple[Standing, Decision]:
    proved = _has_proved_itself(standing, lost.at_s, policy)
    if proved:
        standing = replace(standing, spent=0, excused=0)
    # A connection that worked until now worked with this key: one attempt shows whether the refusal is meant.
    if isinstance(lost.verdict, Permanent) and not proved:
        return _over(standing, standing.spent, lost.cause)
    return _wait(_hold(standing, lost), lost, policy)


def _refused(standing: Standing, refused: Refused, policy: Policy) -> tuple[Standing, Decision]:
    match refused.verdict:
        case Permanent():
            return _over(standing, standing.spent + 1, refused.cause)
        case Limited() if standing.excused < policy.excused_max:
            standing = replace(standing, excused=standing.excused + 1)
        case _:
            standing = replace(standing, spent=standing.spent + 1)
    return _wait(_hold(standing, refused), refused, policy)


def _hold(standing: Standing, end: Lost | Refused) -> Standing:
    if not isinstance(end.verdict, Limited):
        return standing
    return replace(standing, hold_until_s=max(standing.hold_until_s, end.at_s + end.verdict.wait_s))


def _wait(standing: Standing, end: Lost | Refused, policy: Policy) -> tuple[Standing, Decision]:
    limit_s = max(0.0, standing.hold_until_s - end.at_s)
    if standing.spent >= policy.attempts or limit_s > policy.hold_s_max:
        return _over(standing, standing.spent, end.cause)
    waiting = replace(standing, phase=Phase.WAITING)
    backoff_s = delays(policy)[standing.spent]
    return waiting, Wait(attempt=standing.spent + 1, backoff_s=backoff_s, limit_s=limit_s)


def _over(standing: Standing, attempts: int, cause: Cause) -> tuple[Standing, Decision]:
    return replace(standing, phase=Phase.OVER), GiveUp(attempts=attempts, cause=cause)


def _has_proved_itself(standing: Standing, at_s: float, policy: Policy) -> bool:
    age_s = at_s - standing.up_since_s
    needed_s = policy.stable_after_s if standing.useful else policy.stable_unheard_after_s
    return age_s >= needed_s
