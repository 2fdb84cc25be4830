"""A parrot with bugs: a mock server's session, or its vendor, raises where it is told to."""

from __future__ import annotations

from mock_servers.base.protocol import Action, Answer, Request, Session
from tests.support.parrot import Parrot, ParrotSession

__all__ = ["BUGS", "Bug", "Clumsy"]

BUGS = ("asked", "opened", "received", "passed", "wake_at_s", "closed", "an action that nobody knows")
"""Where it can raise; the last is a value that no server can carry out."""


class Bug(Exception):
    """What a clumsy parrot raises."""


class Clumsy(Parrot):
    """A parrot whose sessions raise in the method `bug`; those asked for with `?sound` are as good as any.

    What is asked of a session after it has raised is counted in `asked_again`: nobody should rely on it any more.
    """

    def __init__(self, bug: str) -> None:
        assert bug in BUGS
        super().__init__()
        self.bug = bug
        self.asked_again: list[str] = []

    def asked(self, request: Request, now_s: float) -> Session | Answer:
        if request.query:
            return super().asked(request, now_s)
        if self.bug == "asked":
            raise Bug("the vendor raised")
        return super().asked(request, now_s) if request.path != "/live" else _ClumsySession(self)


class _ClumsySession(ParrotSession):
    def __init__(self, parrot: Clumsy) -> None:
        super().__init__(None)
        self._parrot = parrot
        self._has_raised = False

    def opened(self, now_s: float) -> list[Action]:
        self._raise_in("opened")
        return super().opened(now_s)

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        self._raise_in("received")
        if self._parrot.bug == "an action that nobody knows":
            return [Action()]
        return super().received(payload, now_s)

    def passed(self, now_s: float) -> list[Action]:
        self._raise_in("passed")
        return super().passed(now_s)

    def wake_at_s(self) -> float | None:
        if self.heard_times_s:
            self._raise_in("wake_at_s")
        return super().wake_at_s()

    def closed(self, now_s: float) -> None:
        self._raise_in("closed")

    def _raise_in(self, method: str) -> None:
        if self._has_raised and method != "closed":
            self._parrot.asked_again.append(method)
        if self._parrot.bug == method:
            self._has_raised = True
            raise Bug(f"{method} raised")
