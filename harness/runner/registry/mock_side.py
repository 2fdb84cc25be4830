"""The mocks: on the stage, where the wire hears what they see, and alone, where a test serves one for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from harness.replay import script
from harness.runner.keyring import Keyring
from harness.runner.registry.names import HOSTS, PATHS, REST, SESSION
from harness.runner.registry.words import refusal_of, step_of, trouble_of
from harness.runner.saboteur import Effect
from harness.runner.spoken import Heard
from harness.runner.wire import Wire
from harness.scenario import model
from harness.scenario.model import Case, ProviderName
from mock_servers.base import observer, trouble
from mock_servers.base.conversation import Conversation
from mock_servers.base.ledger import Ledger
from mock_servers.base.orders import Order, Scope
from mock_servers.base.protocol import Vendor
from mock_servers.base.server import MockServer, TroubleHandle
from mock_servers.replayed import Replayed
from mock_servers.serve import vendor

if TYPE_CHECKING:
    from mock_servers.base.tls import Certificates

__all__ = ["LoneMock", "Mock", "is_about_tls", "mocks"]


def mocks(
    case: Case,
    *,
    seed: int,
    wire: Wire,
    tls: bool = False,
    keys: Keyring | None = None,
    reached: Callable[[int], None] | None = None,
) -> dict[str, Mock]:
    """A mock server for each endpoint of the case's provider, not yet started; all share one conversation.
    Which of the `keys` a client shows is told where the case rotates them.

    They speak TLS where the case is about it, or for a client that speaks nothing else (`tls`). With `reached`, which is
    called at the marks of a script, the session's does what it is told to `expect`.
    """
    after_s = case.server.reply_after_us / 1e6 if case.server.reply_after_us is not None else 0.3
    conversation = Conversation(seed=seed, reply_after_s=after_s, turns=case.server.turns)
    shared = vendor(case.provider, conversation, settings=case.server.settings)
    session_tls = _certificates() if tls or is_about_tls(case) else None
    rotated = keys if any(isinstance(fault.do, model.RotateKey) for fault in case.faults) else None
    speaker = shared if reached is None else Replayed(shared, reached=reached)
    found = {SESSION: Mock(speaker, wire=wire, path=PATHS[case.provider], tls=session_tls, keys=rotated)}
    if case.provider == "deepgram":
        found[REST] = Mock(shared, wire=wire)
    return found


def _certificates() -> Certificates:
    # What makes them takes 0.1 s to import, and few cases are of TLS.
    from mock_servers.base.tls import Certificates

    return Certificates(*HOSTS)


def is_about_tls(case: Case) -> bool:
    return any(isinstance(fault.do, model.Tls) for fault in case.faults)


class Mock:
    """A mock server as the stage uses it: told of trouble in the scenario's words, telling the wire what it sees.

    With a `path` it is the session's; without one it is that of the calls beside it.
    """

    def __init__(
        self,
        vendor: Vendor,
        *,
        wire: Wire,
        path: str = "",
        tls: Certificates | None = None,
        keys: Keyring | None = None,
    ) -> None:
        self._server = MockServer(
            vendor,
            tls=tls,
            observer=lambda seen: _pass_on(seen, wire, is_session=path != ""),
            key_number=keys.number if keys is not None else lambda key: None,
        )
        self._scheme = ("ws" if path else "http") + ("s" if tls is not None else "")
        self._path = path
        self._vendor = vendor
        self._expected: TroubleHandle | None = None
        self.authority = tls.authority.decode() if tls is not None else None
        """Whom a client is to trust, in PEM; None where no TLS is spoken."""

    async def start(self) -> None:
        await self._server.start()

    async def aclose(self) -> None:
        await self._server.aclose()

    @property
    def port(self) -> int:
        return self._server.port

    def url_at(self, listen: tuple[str, int]) -> str:
        return f"{self._scheme}://{listen[0]}:{listen[1]}{self._path}"

    @property
    def troubles(self) -> tuple[Order, ...]:
        """What was ordered and not lifted, in the server's own words."""
        return self._server.troubles

    def heard(self, connection: int) -> Heard | None:
        """How far the caller's audio came on a connection of this server; None if it has none of that number."""
        try:
            cursors = self._server.ledger.cursors(connection)
        except KeyError:
            return None
        return Heard(
            received_us=round(cursors.received_s * 1e6),
            processed_us=round(cursors.processed_s * 1e6),
            finalised_us=round(cursors.finalised_s * 1e6),
        )

    def expire(self, keys: tuple[str, ...]) -> Effect:
        """Take these keys no more."""
        return _Trouble(self._server.trouble(trouble.ExpireKeys(keys=keys)), lasting=False)

    def expect(self, connection: script.Connection) -> Effect | None:
        """Do this to the next connection; only where `mocks` were asked for with `reached`. What is given holds it up."""
        assert isinstance(self._vendor, Replayed), "only a replay expects anything"
        if self._expected is not None and not self._expected.hits:
            # The last connection never came so far: something on its way swallowed it.
            self._expected.lift_now()
        self._expected = None
        match connection:
            case script.Open(steps=steps, held=phase):
                self._vendor.expect([step_of(step) for step in steps])
                return self._next(trouble.Stall(phase=phase)) if phase else None
            case script.Silent():
                self._next(trouble.Stall(phase="tcp"))
            case script.Refused(status=int()):
                self._next(refusal_of(connection))
        return None

    def _next(self, order: trouble.Trouble) -> Effect:
        self._expected = self._server.trouble(order, on="next", times=1)
        return _Trouble(self._expected, lasting=True)

    def trouble(self, action: model.Action, *, on: str | int, times: int | None) -> Effect:
        target: Any = on
        lasting_times = times if action.lasting else 1
        return _Trouble(self._server.trouble(trouble_of(action), on=target, times=lasting_times), action.lasting)


class _Trouble:
    def __init__(self, handle: TroubleHandle, lasting: bool) -> None:
        self._handle = handle
        self._lasting = lasting

    async def settle(self) -> None:
        """It was in force when it was ordered."""

    async def lift(self) -> None:
        if self._lasting:
            await self._handle.lift()


class LoneMock:
    """A provider's mock that a test serves for itself, on the loop that runs: `async with LoneMock("deepgram") as mock`.

    Both endpoints of a provider that has two are on its one port. It takes any key but `invalid`.

    Raises:
        BadSetting: If there is no such setting, or it cannot have this value.
    """

    def __init__(
        self,
        provider: ProviderName,
        *,
        seed: int = 0,
        reply_after_s: float = 0.3,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        conversation = Conversation(seed=seed, reply_after_s=reply_after_s)
        self._server = MockServer(vendor(provider, conversation, settings=settings))
        self.provider = provider

    async def __aenter__(self) -> LoneMock:
        await self._server.start()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._server.aclose()

    @property
    def address(self) -> tuple[str, int]:
        return HOSTS[0], self._server.port

    @property
    def url(self) -> str:
        """Of the session's WebSocket."""
        return f"ws://{HOSTS[0]}:{self._server.port}{PATHS[self.provider]}"

    @property
    def http_url(self) -> str:
        """Of the calls beside it."""
        return f"http://{HOSTS[0]}:{self._server.port}"

    @property
    def ledger(self) -> Ledger:
        """What each connection received and sent, also after the mock's end."""
        return self._server.ledger

    def trouble(self, action: model.Action, *, on: Scope, times: int | None) -> TroubleHandle:
        """Begin what a scenario asks of a provider. Raises ValueError if this one cannot do it."""
        return self._server.trouble(trouble_of(action), on=on, times=times if action.lasting else 1)


def _pass_on(seen: observer.Seen, wire: Wire, *, is_session: bool) -> None:
    """Tell the wire what a mock saw. Connections of the REST endpoint are none of the wire's; their messages are."""
    match seen:
        case observer.Sent():
            _message(seen, "server", wire, is_session)
        case observer.Received():
            _message(seen, "client", wire, is_session)
        case _ if not is_session:
            pass
        case observer.Opened():
            wire.opened(seen.connection, path=seen.path, query=[list(pair) for pair in seen.query], key=seen.key)
        case observer.Refused():
            after_us = round(seen.retry_after_s * 1e6) if seen.retry_after_s is not None else None
            wire.upgrade_refused(seen.connection, status=seen.status, retry_after_us=after_us, key=seen.key)
        case observer.ReadyTold():
            wire.ready(seen.connection, resumed=seen.resumed)
        case observer.Closed():
            wire.server_closed(seen.connection, code=seen.code, reason=seen.reason, by=seen.by, reset=seen.reset)


def _message(
    seen: observer.Sent | observer.Received, side: Literal["client", "server"], wire: Wire, is_session: bool
) -> None:
    connection = seen.connection if is_session else None
    wire.message(connection, side=side, name=seen.name, body=seen.body, audio=seen.audio)
