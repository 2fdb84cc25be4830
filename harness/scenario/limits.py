"""The numbers in the invariants: suggested, and open to whoever knows better for a client.

A scenario writes them without the unit in the name: `half_open_within: 20s`, `attempts_max: 20`, `replay_pace: 1.5`.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Limits"]


class Limits(BaseModel):
    """Times in microseconds.

    The defaults are those of the trial in which twelve clients were judged (2026-11): strict enough to tell a call that
    goes on from dead air, and wide enough that a client with jitter of its own keeps them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    noticed_within_us: int = Field(default=1_000_000, gt=0)
    """I1: a close that reached the client is answered by an event, an attempt, or an end that says so."""

    overlap_us: int = Field(default=250_000, ge=0)
    """I2: two connections at once; the news of a hang-up may arrive after the news of the next connection."""

    silent_us: int = Field(default=40_000_000, gt=0)
    """I5, I16: nothing done and nothing said for so long is nothing at all; the longest wait of a usual schedule is 32 s."""

    error_grace: int = Field(default=1, ge=0)
    """I9: errors told in an outage, beyond two for each attempt."""

    flat_growth: float = Field(default=1.1, ge=1.0)
    """I11: the longest of the later waits is this many times the shortest. Four waits of a client with full jitter lie closer
    together than this once in a thousand outages."""

    jitter_runs_min: int = Field(default=50, ge=2)
    """I11, in a set of runs: fewer say nothing of chance."""

    jitter_share_min: float = Field(default=0.1, gt=0.0)
    """I11, in a set of runs: the middle eight tenths of the first delays spread over this share of the usual one."""

    retry_after_grace_us: int = Field(default=50_000, ge=0)
    """I10: a server that says "in 3 s" does not mind 2.95 s: the answer was on its way as well."""

    attempts_max: int = Field(default=10, ge=1)
    """I12: attempts in any stretch of `attempts_within_us`."""

    attempts_within_us: int = Field(default=10_000_000, gt=0)

    no_wait_below_us: int = Field(default=10_000, ge=0)
    """I12: a wait shorter than this is none."""

    stable_after_us: int = Field(default=5_000_000, gt=0)
    """I13, I14, I17: a connection that has lived so long, and was of use, has proved itself."""

    stable_unheard_after_us: int = Field(default=20_000_000, gt=0)
    """I14, I17: one that was of no use, since nobody spoke, has proved itself after this."""

    flaps_max: int = Field(default=10, ge=1)
    """I13: connections in a row that did not prove themselves, before a client must have given up or slowed down."""

    permanent_attempts_max: int = Field(default=2, ge=1)
    """I15: attempts after a refusal for good, the refused one included: one more may carry a fresh key."""

    first_retry_within_us: int = Field(default=1_100_000, gt=0)
    """I17: from the loss of a healthy connection to the next attempt: a second, and a tenth for the way."""

    half_open_within_us: int = Field(default=15_000_000, gt=0)
    """I19: a link on which nothing arrives is given up."""

    phase_within_us: int = Field(default=15_000_000, gt=0)
    """I20: each phase of an attempt: to the 101, and from there to the ready message."""

    stopped_within_us: int = Field(default=3_000_000, gt=0)
    """I21: `disconnect()` called to returned."""

    warned_before_us: int = Field(default=1_000_000, gt=0)
    """I24: a warning that leaves less than this comes too late to be heeded."""

    settled_within_us: int = Field(default=5_000_000, gt=0)
    """I25: a pending call after a drop."""

    repeated_us: int = Field(default=1_000, ge=0)
    """I26: speech that the server heard twice, or out of order. Positions are known to within a word."""

    resent_us: int = Field(default=20_000, ge=0)
    """I26: and for each loss a frame of the microphone more: a send that failed may have come through all the same, which
    nobody can know who only sees it fail (seen behind Toxiproxy)."""

    lost_untold_us: int = Field(default=1_000_000, ge=0)
    """I26: speech that may be lost without a word: what was on its way when the line went dead, nobody can count."""

    gap_buffer_us: int = Field(default=10_000_000, gt=0)
    """I27: how old speech may be when it is sent after a gap."""

    replay_pace: float = Field(default=1.25, ge=1.0)
    """I27: how much faster than real time a backlog may be sent, once `replay_burst_us` are through."""

    replay_burst_us: int = Field(default=3_000_000, ge=0)
    """I27: what may be sent at once: providers take some seconds of speech in a burst, and backlogs without end they drop."""
