"""Stories for the Deepgram mock's core: requests and frames in, what a client would see out; no network, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Action, Answer, Close, Heard, Request, Send, Session
from mock_servers.base.trouble import Trouble
from mock_servers.base.voice import CALLER_STREAM, coded
from mock_servers.deepgram import Deepgram, Settings

RATE_HZ = 16_000
BYTES_PER_S = 2 * RATE_HZ
LINEAR16 = {"model": "nova-3", "encoding": "linear16", "sample_rate": str(RATE_HZ)}
KEY = ("authorization", "Token a-key")


def deepgram(*, seed: int = 7, **settings: Any) -> Deepgram:
    return Deepgram(Conversation(seed=seed), settings=Settings(**settings))


def listen_request(
    query: dict[str, str] | None = None, *, headers: tuple[tuple[str, str], ...] = (KEY,), path: str = "/v1/listen"
) -> Request:
    return Request(
        method="GET", path=path, query=tuple((query or LINEAR16).items()), headers=headers, is_upgrade=True
    )  # fmt: skip


def speak_request(
    body: bytes, query: dict[str, str] | None = None, *, content_type: str = "application/json"
) -> Request:
    return Request(
        method="POST",
        path="/v1/speak",
        query=tuple((query or {}).items()),
        headers=(KEY, ("content-type", content_type)),
        body=body,
    )


def speech(from_s: float, to_s: float) -> bytes:
    """What the caller says between these seconds of their own stream."""
    return coded(CALLER_STREAM, round(from_s * BYTES_PER_S), round(to_s * BYTES_PER_S))


def silence(lasts_s: float) -> bytes:
    return bytes(2 * round(lasts_s * RATE_HZ))


class Story:
    """One connection, told from the client's side: what it does takes the time that it would take."""

    def __init__(
        self, query: dict[str, str] | None = None, *, vendor: Deepgram | None = None, at_s: float = 0.0,
        request: Request | None = None,
    ) -> None:  # fmt: skip
        self.vendor = vendor or deepgram()
        self.now_s = at_s
        asked = self.vendor.asked(request or listen_request({**LINEAR16, **(query or {})}), at_s)
        assert not isinstance(asked, Answer), f"refused: {asked}"
        self.session: Session = asked
        self.actions: list[Action] = []
        self.times: list[float] = []
        self._note(self.session.opened(at_s))

    def sends(self, payload: str | bytes) -> Story:
        self._note(self.session.received(payload, self.now_s))
        return self

    def says(self, pcm: bytes, *, frame_s: float = 0.02, speed: float = 1.0) -> Story:
        """Send audio in frames, each at its time."""
        size = round(frame_s * BYTES_PER_S)
        for at in range(0, len(pcm), size):
            frame = pcm[at : at + size]
            self.waits(len(frame) / BYTES_PER_S / speed)
            self.sends(frame)
        return self

    def waits(self, lasts_s: float) -> Story:
        until_s = self.now_s + lasts_s
        while (wake_s := self.session.wake_at_s()) is not None and wake_s <= until_s:
            self.now_s = max(self.now_s, wake_s)
            self._note(self.session.passed(self.now_s))
        self.now_s = until_s
        return self

    def suffers(self, trouble: Trouble) -> Story:
        self._note(self.session.troubled(trouble, self.now_s))
        return self

    def leaves(self) -> Story:
        self.session.closed(self.now_s)
        return self

    def _note(self, actions: list[Action]) -> None:
        self.actions += actions
        self.times += [self.now_s] * len(actions)

    # ── what was seen ────────────────────────────────────────────────────────

    @property
    def sent(self) -> list[Send]:
        return [action for action in self.actions if isinstance(action, Send)]

    @property
    def names(self) -> list[str]:
        return [send.name for send in self.sent]

    @property
    def heard(self) -> list[Heard]:
        return [action for action in self.actions if isinstance(action, Heard)]

    @property
    def results(self) -> list[dict[str, Any]]:
        return self.messages("Results")

    @property
    def finals(self) -> list[dict[str, Any]]:
        return [result for result in self.results if result["is_final"]]

    @property
    def interims(self) -> list[dict[str, Any]]:
        return [result for result in self.results if not result["is_final"]]

    @property
    def close(self) -> Close | None:
        return next((action for action in self.actions if isinstance(action, Close)), None)

    @property
    def closed_at_s(self) -> float | None:
        return next(
            (at for action, at in zip(self.actions, self.times, strict=True) if isinstance(action, Close)), None
        )

    def messages(self, name: str) -> list[dict[str, Any]]:
        return [dict(send.body) for send in self.sent if send.name == name]


def transcript(results: list[dict[str, Any]]) -> list[str]:
    """The words of these results, in order."""
    return [word for result in results for word in _words(result)]


def said(vendor_seed: int, from_cell: int, to_cell: int) -> list[str]:
    """The words that the caller of `deepgram()` says in these cells of their stream."""
    conversation = Conversation(seed=vendor_seed)
    return [conversation.word(cell) for cell in range(from_cell, to_cell)]


def _words(result: dict[str, Any]) -> Iterator[str]:
    return (word["word"] for word in result["channel"]["alternatives"][0]["words"])
