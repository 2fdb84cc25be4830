"""What a user of the Deepgram SDK does and sees, told once for its async and its sync client.

A talk is a generator: it yields the next step, is sent what came of it or thrown what was raised, and asserts what the
user of the SDK would see. It waits for nothing itself; the two hands of `deepgram_hands.py` carry the steps out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "AUDIO", "Ask", "Call", "Clock", "Connect", "Does", "Ends", "Leaves", "Ledger", "Pause", "Refused", "Says", "Step", "Talk", "Trouble",
    "Until", "ask", "connect", "kind_of", "refused",
]  # fmt: skip

AUDIO = "Audio"
"""What binary frames are called here; on the wire they have no name."""

WITHIN_S = 10.0
"""The longest wait for one message on the real clock: a loaded machine, not the mock, needs more than a second."""

KEY = "a-key"


class Step:
    """Something that the user of the SDK does next."""


Talk = Generator[Step, Any, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect(Step):
    """Open a connection to `surface` (`listen.v1`); a `Call` comes back. `client` is how the SDK's client is made."""

    surface: str
    client: Mapping[str, Any]
    query: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Step):
    """One REST call, by its path in the SDK (`auth.v1.tokens.grant`).

    Its result comes back; of a stream of bytes, the list of its chunks.
    """

    method: str
    client: Mapping[str, Any]
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Step):
    """Do what is refused; what the SDK raised comes back."""

    wish: Connect | Ask


@dataclass(frozen=True, slots=True)
class Pause(Step):
    lasts_s: float


@dataclass(frozen=True, slots=True)
class Clock(Step):
    """Seconds on the client's clock come back, from an arbitrary beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(Step):
    """Order a trouble at the mock's control port; on which connections is said as there."""

    do: object
    on: str = "live"
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger(Step):
    """Read the mock's own account of its connections: those that are linked by this word come back, oldest first."""

    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Says(Step):
    """Send 16 kHz audio in frames, `speed` times as fast as it was spoken; infinity sends all at once."""

    call: Call
    pcm: bytes
    speed: float
    frame_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Does(Step):
    """Call a method of the connection (`send_finalize`)."""

    call: Call
    method: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Until(Step):
    """Wait for a message, which comes back; the next wait begins behind it."""

    call: Call
    kind: str
    where: Callable[[Any], bool]
    within_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends(Step):
    """Wait until the SDK says that the connection is over; its error comes back, or None where it tells none."""

    call: Call
    within_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaves(Step):
    """Leave the SDK's `with` block."""

    call: Call


@dataclass(slots=True, eq=False)
class Call:
    """One connection as the SDK's callbacks tell of it: `messages` in order, and the error that it ended with.

    `headers` are those of the 101. The steps that its methods make are for the talk to yield.
    """

    headers: Mapping[str, str]
    messages: list[Any] = field(default_factory=list)
    error: Exception | None = None
    is_over: bool = False
    seen: int = 0

    def says(self, pcm: bytes, *, speed: float = float("inf"), frame_s: float = 0.1) -> Says:
        return Says(call=self, pcm=pcm, speed=speed, frame_s=frame_s)

    def does(self, method: str, *arguments: Any) -> Does:
        return Does(call=self, method=method, arguments=arguments)

    def until(self, kind: str, *, within_s: float = WITHIN_S, **fields: Any) -> Until:
        return Until(call=self, kind=kind, where=lambda message: _has(message, fields), within_s=within_s)

    def ends(self, *, within_s: float = WITHIN_S) -> Ends:
        return Ends(call=self, within_s=within_s)

    def leaves(self) -> Leaves:
        return Leaves(call=self)

    # ── what was seen ────────────────────────────────────────────────────────

    @property
    def kinds(self) -> list[str]:
        return [kind_of(message) for message in self.messages]

    @property
    def audio(self) -> bytes:
        return b"".join(message for message in self.messages if isinstance(message, bytes))

    def of(self, kind: str) -> list[Any]:
        return [message for message in self.messages if kind_of(message) == kind]

    def found(self, until: Until) -> Any:
        """The first message behind the last one waited for that is meant, or None; the place moves behind it."""
        for place in range(self.seen, len(self.messages)):
            message = self.messages[place]
            if kind_of(message) == until.kind and until.where(message):
                self.seen = place + 1
                return message
        return None

    def told(self) -> str:
        """What came, for the message of a failed assertion."""
        end = f"then it ended with {self.error!r}" if self.is_over else "and it is still open"
        return f"there came {', '.join(self.kinds) or 'nothing'}, {end}"


def connect(surface: str, *, client: Mapping[str, Any] | None = None, **query: Any) -> Connect:
    return Connect(surface=surface, client={"api_key": KEY} if client is None else client, query=query)


def refused(wish: Connect | Ask) -> Refused:
    return Refused(wish=wish)


def ask(method: str, *, client: Mapping[str, Any] | None = None, **arguments: Any) -> Ask:
    return Ask(method=method, client={"api_key": KEY} if client is None else client, arguments=arguments)


def kind_of(message: Any) -> str:
    """The `type` of a message. The SDK's class is no guide: it gives several kinds to `SpeakV1Flushed`, for one."""
    return AUDIO if isinstance(message, bytes) else str(getattr(message, "type", None))


def _has(message: Any, fields: Mapping[str, Any]) -> bool:
    return all(getattr(message, name, None) == value for name, value in fields.items())
