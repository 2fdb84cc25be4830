"""What a scenario says once it is expanded: one case, in plain typed values.

Times are whole microseconds (`*_us`), rates bytes per second, shares 0…1. The wire forms that people write
(`500ms`, `64KB/s`, `"<= 3"`) are read in `load`; nobody behind it sees them again.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.scenario.limits import Limits

__all__ = [
    "Action", "Audio", "AudioBounds", "Backoff", "BadFrame", "Blackhole", "Bound", "Case", "CloseFrame", "DelayPongs",
    "Down", "Drop", "Duplicate", "End", "ErrorEvent", "Expect", "FailResponse", "Fault", "Garble", "GoAway", "Http",
    "Line", "Matcher", "MutePings", "Never", "Nth", "Order", "ProviderName", "Quota", "RateLimited", "Refuse",
    "RefuseResume", "Reject", "Reset", "RotateKey", "Runs", "Send", "Server", "SessionExpectation", "SessionExpired", "Stall",
    "Step", "StopReading", "Timing", "Tls", "Tolerance", "ToxicAction", "Trigger", "Withhold",
]  # fmt: skip

ProviderName = Literal["gemini-live", "openai-realtime", "deepgram"]


class Frozen(BaseModel):
    """A value: no field can be changed, and none may be unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Matcher(Frozen):
    """One event in the trace: its kind, which of the matching ones, and the fields that it must have."""

    event: str
    nth: int = Field(default=1, ge=1)
    fields: dict[str, Any] = {}


class Bound(Frozen):
    """A limit on a number: microseconds for times, a count otherwise."""

    op: Literal["<", "<=", "==", ">=", ">"]
    value: float


# ── what runs ────────────────────────────────────────────────────────────────


class Step(Frozen):
    """One thing that the caller or the application does; exactly one of `say_us`, `mute_us`, `text`, `answer`,
    `disconnect` is given.

    `mute_us`: the microphone is off for so long, and nothing at all is sent, not even silence.
    `answer`: what a function of the application returns, `after_us` after each `function_call` that `when` means.
    """

    at_us: int | None = None
    when: Matcher | None = None
    say_us: int | None = None
    mute_us: int | None = None
    text: str | None = None
    answer: str | None = None
    after_us: int = 0
    disconnect: bool = False


class Server(Frozen):
    """How the mock answers where the default conversation will not do.

    `settings` are those of the provider's mock, by their own names, each in the unit that its name ends with.
    """

    reply_after_us: int | None = None
    turns: tuple[str, ...] = ()
    settings: dict[str, bool | int | float | str] = {}


class Runs(Frozen):
    times: int = Field(default=1, ge=1, le=10_000)
    share_to_pass: float = Field(default=1.0, ge=0.0, le=1.0)


# ── what goes wrong ──────────────────────────────────────────────────────────


class Trigger(Frozen):
    """When a fault begins.

    `at_us` counts from the start of the run; `when` is an event; `after_us` is counted from the trigger that it stands
    with, or, alone, from the moment at which the previous fault began. `together` arms a `when` at once instead of
    after the `when` above it has fired.
    """

    at_us: int | None = None
    when: Matcher | None = None
    after_us: int | None = None
    together: bool = False


class Nth(Frozen):
    """The n-th connection of the run, counted in `wire.attempt`s from 1."""

    nth: int = Field(ge=1)


class Action(Frozen):
    """What is done to a connection. `lasting` ones go on until an end is given; the others happen at a moment."""

    layer: ClassVar[Literal["tcp", "upgrade", "frame", "application", "tls"]]
    lasting: ClassVar[bool] = False


class Reset(Action):
    layer = "tcp"
    kind: Literal["reset"] = "reset"


class Drop(Action):
    layer = "tcp"
    kind: Literal["drop"] = "drop"


class Refuse(Action):
    layer = "tcp"
    lasting = True
    kind: Literal["refuse"] = "refuse"


class Down(Action):
    layer = "tcp"
    lasting = True
    kind: Literal["down"] = "down"


class Blackhole(Action):
    layer = "tcp"
    lasting = True
    kind: Literal["blackhole"] = "blackhole"


class ToxicAction(Action):
    """One of Toxiproxy's toxics, with its attributes in Toxiproxy's own units (ms, KB/s, µs for slicer's delay, bytes)."""

    layer = "tcp"
    lasting = True
    kind: Literal["toxic"] = "toxic"
    type: Literal["latency", "bandwidth", "slicer", "slow_close", "timeout", "reset_peer", "limit_data"]
    attributes: dict[str, int]
    stream: Literal["up", "down", "both"] = "both"
    toxicity: float = Field(default=1.0, ge=0.0, le=1.0)


class Http(Action):
    """The upgrade is refused with `status`. `retry_after_us` is told in the given `form`, or not at all."""

    layer = "upgrade"
    lasting = True
    kind: Literal["http"] = "http"
    status: int = Field(ge=300, le=599)
    retry_after_us: int | None = None
    form: Literal["header-seconds", "header-date", "header-ms", "none"] = "header-seconds"
    body: Any = None
    headers: dict[str, str] = {}


class Stall(Action):
    layer = "upgrade"
    lasting = True
    kind: Literal["stall"] = "stall"
    phase: Literal["tcp", "upgrade", "ready"]


class RotateKey(Action):
    """The keys that were good so far open nothing any more, and the next one does; what is open goes on."""

    layer = "upgrade"
    kind: Literal["rotate_key"] = "rotate_key"


class CloseFrame(Action):
    """A close frame with `code`; None is a close frame without a status, which RFC 6455 reports as 1005."""

    layer = "frame"
    kind: Literal["close"] = "close"
    code: int | None
    reason: str = ""
    never_answer: bool = False


class BadFrame(Action):
    layer = "frame"
    kind: Literal["frame"] = "frame"
    frame: Literal["truncated-json", "binary-frame", "wrong-utf8", "reserved-bits", "oversize", "fragmented", "masked"]


class MutePings(Action):
    layer = "frame"
    lasting = True
    kind: Literal["mute_pings"] = "mute_pings"


class DelayPongs(Action):
    layer = "frame"
    lasting = True
    kind: Literal["delay_pongs"] = "delay_pongs"
    delay_us: int


class StopReading(Action):
    layer = "frame"
    lasting = True
    kind: Literal["stop_reading"] = "stop_reading"


class Send(Action):
    """A server message out of turn: an event name (the mock fills in a valid one) or the JSON itself."""

    layer = "application"
    kind: Literal["send"] = "send"
    message: str | dict[str, Any]


class ErrorEvent(Action):
    layer = "application"
    kind: Literal["error"] = "error"
    code: str


class GoAway(Action):
    layer = "application"
    kind: Literal["go_away"] = "go_away"
    time_left_us: int


class SessionExpired(Action):
    layer = "application"
    kind: Literal["session_expired"] = "session_expired"


class RateLimited(Action):
    layer = "application"
    kind: Literal["rate_limited"] = "rate_limited"
    retry_after_us: int | None = None


class Quota(Action):
    layer = "application"
    kind: Literal["quota"] = "quota"


class FailResponse(Action):
    layer = "application"
    kind: Literal["fail_response"] = "fail_response"
    code: str


class Withhold(Action):
    layer = "application"
    lasting = True
    kind: Literal["withhold"] = "withhold"
    event: str


class Garble(Action):
    layer = "application"
    lasting = True
    kind: Literal["garble"] = "garble"
    event: str


class Duplicate(Action):
    layer = "application"
    lasting = True
    kind: Literal["duplicate"] = "duplicate"
    event: str


class RefuseResume(Action):
    layer = "application"
    lasting = True
    kind: Literal["refuse_resume"] = "refuse_resume"


class Reject(Action):
    """Each client message of this name is answered with the provider's error for it, and has no other effect."""

    layer = "application"
    lasting = True
    kind: Literal["reject"] = "reject"
    message: str


class Tls(Action):
    layer = "tls"
    lasting = True
    kind: Literal["tls"] = "tls"
    fault: Literal["expired", "wrong-host", "untrusted", "stall"]


AnyAction = Annotated[
    Reset | Drop | Refuse | Down | Blackhole | ToxicAction | Http | Stall | RotateKey | CloseFrame | BadFrame | MutePings
    | DelayPongs | StopReading | Send | ErrorEvent | GoAway | SessionExpired | RateLimited | Quota | FailResponse
    | Withhold | Garble | Duplicate | RefuseResume | Reject | Tls,
    Field(discriminator="kind"),
]  # fmt: skip


class Fault(Frozen):
    """One sentence of trouble: a trigger, an action, an end.

    `id` names its events `fault.<id>` and `fault.<id>.healed`; where the file gives none it is the action's word
    (`reset`, `latency`), with `-2`, `-3` … for the next of the same word. `on` is None where the format's default applies.
    """

    id: str
    trigger: Trigger
    do: AnyAction
    on: Literal["live", "next", "all"] | Nth | None = None
    for_us: int | None = None
    times: int | None = Field(default=None, ge=1)
    until: Matcher | None = None
    allow_unfired: bool = False


# ── what must hold ───────────────────────────────────────────────────────────


class Line(Frozen):
    """One line of an order. `any_order` is a group: then `match` is None and each member must come, in any order."""

    match: Matcher | None = None
    any_order: tuple[Matcher, ...] = ()
    optional: bool = False
    gap: Bound | None = None
    within_us: int | None = None


class Order(Frozen):
    lines: tuple[Line, ...]
    exactly: bool = False


class Tolerance(Frozen):
    """How far a wait may be off: a share of the expected wait, or microseconds, to either side of it."""

    share_min: float | None = None
    share_max: float | None = None
    off_us: int | None = None


class Backoff(Frozen):
    waits_us: tuple[int, ...] = ()
    each: Tolerance = Tolerance(share_min=0.95, share_max=1.05)
    retry_after_obeyed: bool = False


class Never(Frozen):
    match: Matcher
    until: Matcher | None = None


class AudioBounds(Frozen):
    """Bounds in microseconds of audio; `unfinalised` is the caller's only."""

    lost: Bound | None = None
    repeated: Bound | None = None
    reordered: Bound | None = None
    unfinalised: Bound | None = None


class Audio(Frozen):
    caller: AudioBounds | None = None
    agent: AudioBounds | None = None


class SessionExpectation(Frozen):
    restored: bool | None = None
    resumed: bool | None = None
    history_kept: bool | None = None


class Timing(Frozen):
    """Bounds in microseconds. `first_audio` maps a statistic (`p50`, `p95`, `max`) to its bound."""

    first_audio: dict[str, Bound] = {}
    detected: Bound | None = None
    recovered: Bound | None = None
    stopped: Bound | None = None


class End(Frozen):
    state: Literal["active", "error", "disconnected"]
    by_us: int
    hold_us: int = 1_000_000


class Expect(Frozen):
    order: Order | None = None
    backoff: Backoff | None = None
    never: tuple[Never, ...] = ()
    count: dict[str, Bound] = {}
    audio: Audio | None = None
    session: SessionExpectation | None = None
    timing: Timing | None = None
    invariants_except: tuple[str, ...] = ()
    limits: Limits | None = None
    end: End


class Case(Frozen):
    """One thing to run: a scenario, for one provider, with one value of each matrix name.

    `id` is `file.yaml::scenario[name=value]`; where the scenario lists several providers the case's provider is one of
    the bracketed values too (`[provider=deepgram]`). `place` is `path:line` of the scenario in its file.
    """

    id: str
    place: str
    scenario: str
    summary: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    provider: ProviderName
    client: str | tuple[str, ...] | None = None
    session: dict[str, Any] = {}
    script: tuple[Step, ...] | None = None
    server: Server = Server()
    clock: Literal["virtual", "real"] | None = None
    seed: int = 0
    runs: Runs = Runs()
    faults: tuple[Fault, ...] = ()
    expect: Expect
