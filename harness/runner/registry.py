"""Who plays with whom: for each provider its mock, its client, and the words in which each says the same thing.

The only file that knows `providers`, `mock_servers` and `harness`.
"""

from __future__ import annotations

import importlib
import ssl
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from harness.clients import Client, Endpoints, ProviderClient
from harness.clients.child_protocol import Asked
from harness.clients.command import CommandClient
from harness.clients.log import Log
from harness.clients.named import Way
from harness.replay import script
from harness.runner.keyring import Keyring
from harness.runner.saboteur import Effect
from harness.runner.spoken import Heard
from harness.runner.wire import Wire
from harness.scenario import model
from harness.scenario.model import Case, ProviderName
from mock_servers.base import observer, protocol, trouble
from mock_servers.base.conversation import Conversation
from mock_servers.base.ledger import Ledger
from mock_servers.base.orders import Order, Scope
from mock_servers.base.protocol import Vendor
from mock_servers.base.server import MockServer, TroubleHandle
from mock_servers.base.settings import BadSetting, listed, settings_in, written_settings
from mock_servers.replayed import Mark, Replayed, Say, Step
from mock_servers.replayed.steps import Deed
from mock_servers.serve import VENDORS, settings_of, vendor
from mock_servers.serve import Addresses as MockAddresses
from mock_servers.serve import serve as serve_mock
from providers.base import AudioChunk, AudioFormat, BaseProvider, SessionConfig, TextMessage

if TYPE_CHECKING:
    from mock_servers.base.tls import Certificates

__all__ = [
    "MOCKS", "REST", "SESSION", "BadSetting", "LoneMock", "Mock", "MockAddresses", "client", "fetch", "listed_settings",
    "mocks", "own_provider", "serve_mock", "vendor", "with_session", "written_settings",
]  # fmt: skip

SESSION = "session"
"""The endpoint of the WebSocket that is the call; faults hit it."""

REST = "rest"
"""The endpoint of the calls beside it (Deepgram's pipeline: `generateContent` and `speak`)."""

HOSTS = ("127.0.0.1", "localhost")
"""The names in the certificates of the mocks."""

MOCKS = tuple(VENDORS)
"""The providers of which a mock can stand alone, with `serve_mock`."""

PATHS: Mapping[str, str] = {
    "gemini-live": "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
    "openai-realtime": "/v1/realtime",
    "deepgram": "/v1/listen",
}

SAMPLE_RATES_HZ: Mapping[str, tuple[int, int]] = {
    "gemini-live": (16_000, 24_000),
    "openai-realtime": (24_000, 24_000),
    "deepgram": (16_000, 24_000),
}
"""Caller's and agent's rate: the provider's own, so that nothing on the way resamples the positions away."""

PROVIDERS: Mapping[str, tuple[str, str]] = {
    "gemini-live": ("providers.gemini", "GeminiLiveProvider"),
    "openai-realtime": ("providers.openai", "OpenAIRealtimeProvider"),
    "deepgram": ("providers.deepgram", "DeepgramSegmentedProvider"),
}
"""The module and the class of each of deadair's own clients, imported only when they are asked for, as the mocks are."""

DEFAULT_SESSION: Mapping[str, Any] = {
    "system_prompt": "You are a patient assistant on the telephone.",
    "temperature": 0.6,
    "tools": [
        {
            "name": "look_up_order",
            "description": "Finds an order by its number.",
            "parameters": {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]},
        }
    ],
}
"""What a client asks for where the scenario does not say."""


def with_session(case: Case) -> Case:
    """The case with everything that its client asks for written out."""
    return case.model_copy(update={"session": {**DEFAULT_SESSION, **case.session}})


def own_provider(name: str) -> type[BaseProvider]:
    """deadair's own client of one of `PROVIDERS`."""
    module, made = PROVIDERS[name]
    kind: type[BaseProvider] = getattr(importlib.import_module(module), made)
    return kind


def fetch(cases: Iterable[Case]) -> None:
    """Import what these cases will ask for: tenths of a second that all would feel in the middle of their calls."""
    for case in cases:
        importlib.import_module(VENDORS[case.provider][0])
        if case.client is None:
            own_provider(case.provider)
        if _is_about_tls(case):
            importlib.import_module("mock_servers.base.tls")


# ── mocks ────────────────────────────────────────────────────────────────────


def listed_settings(name: str) -> Iterator[str]:
    """What can be set in the mock of one provider, line by line."""
    return listed(settings_of(name))


def settings_explained(name: str) -> dict[str, str]:
    """What each setting of the mock of one provider means, and its default."""
    return {setting.name: f"{setting.meaning} Usually {setting.default}." for setting in settings_in(settings_of(name))}


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
    session_tls = _certificates() if tls or _is_about_tls(case) else None
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


def _is_about_tls(case: Case) -> bool:
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
                self._vendor.expect([_step_of(step) for step in steps])
                return self._next(trouble.Stall(phase=phase)) if phase else None
            case script.Silent():
                self._next(trouble.Stall(phase="tcp"))
            case script.Refused(status=int()):
                self._next(_refusal_of(connection))
        return None

    def _next(self, order: trouble.Trouble) -> Effect:
        self._expected = self._server.trouble(order, on="next", times=1)
        return _Trouble(self._expected, lasting=True)

    def trouble(self, action: model.Action, *, on: str | int, times: int | None) -> Effect:
        target: Any = on
        lasting_times = times if action.lasting else 1
        return _Trouble(self._server.trouble(_trouble_of(action), on=target, times=lasting_times), action.lasting)


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
        return self._server.trouble(_trouble_of(action), on=on, times=times if action.lasting else 1)


def _trouble_of(action: model.Action) -> trouble.Trouble:
    """The mock's word for a scenario's action."""
    match action:
        case model.Http():
            retry_after_s = action.retry_after_us / 1e6 if action.retry_after_us is not None else None
            return trouble.RefuseUpgrade(
                status=action.status,
                retry_after_s=retry_after_s,
                form=action.form,
                headers=action.headers,
                body=action.body,
            )
        case model.Stall():
            return trouble.Stall(phase=action.phase)
        case model.CloseFrame():
            return trouble.CloseConnection(code=action.code, reason=action.reason, never_answer=action.never_answer)
        case model.BadFrame():
            return trouble.BadFrame(frame=action.frame)
        case model.MutePings():
            return trouble.MutePings()
        case model.DelayPongs():
            return trouble.DelayPongs(delay_s=action.delay_us / 1e6)
        case model.StopReading():
            return trouble.StopReading()
        case model.Send():
            return trouble.SendMessage(message=action.message)
        case model.ErrorEvent():
            return trouble.ProviderError(code=action.code)
        case model.GoAway():
            return trouble.GoAway(time_left_s=action.time_left_us / 1e6)
        case model.SessionExpired():
            return trouble.SessionExpired()
        case model.RateLimited():
            after_us = action.retry_after_us
            return trouble.RateLimited(retry_after_s=after_us / 1e6 if after_us is not None else None)
        case model.Quota():
            return trouble.Quota()
        case model.FailResponse():
            return trouble.FailResponse(code=action.code)
        case model.Withhold():
            return trouble.Withhold(name=action.event)
        case model.Garble():
            return trouble.Garble(name=action.event)
        case model.Duplicate():
            return trouble.Duplicate(name=action.event)
        case model.RefuseResume():
            return trouble.RefuseResume()
        case model.Reject():
            return trouble.Reject(name=action.message)
        case model.Tls():
            if action.fault == "stall":
                return trouble.Stall(phase="tls")
            return trouble.BadCertificate(kind=action.fault)
    raise AssertionError(f"no trouble for {action!r}")


def _step_of(step: script.Step) -> Step:
    """The mock's word for a step of a script."""
    at_s, awaits = step.at_us / 1e6, step.awaits
    deed = _deed_of(step.deed)
    if awaits is None:
        return Step(deed=deed, at_s=at_s)
    return Step(deed=deed, at_s=at_s, awaits=(awaits.name, awaits.nth), after_s=awaits.after_us / 1e6)


def _deed_of(deed: script.Deed) -> Deed:
    match deed:
        case script.Say():
            return Say(name=deed.name, body=deed.fields, audio=deed.audio, garbled=deed.garbled)
        case script.Ready():
            return protocol.Ready(resumed=deed.resumed)
        case script.Note():
            return Mark(number=deed.number)
        case script.Hang(code=1006):
            return protocol.Abort(reset=deed.reset)
        case script.Hang():
            return protocol.Close(code=None if deed.code == 1005 else deed.code, reason=deed.reason)


def _refusal_of(refused: script.Refused) -> trouble.RefuseUpgrade:
    status = refused.status
    assert status is not None, "who is refused by TCP never comes so far"
    after_us = refused.retry_after_us
    form: Any = refused.form
    return trouble.RefuseUpgrade(
        status=status,
        retry_after_s=None if after_us is None else after_us / 1e6,
        form=form,
        headers=refused.headers,
        body=refused.body,
    )


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


# ── clients ──────────────────────────────────────────────────────────────────


def client(
    case: Case, endpoints: Endpoints, *, way: Way | None = None, clock: str = "virtual", log: Log | None = None
) -> Client:
    """The client under test: deadair's own provider, what `module:factory` makes, or a command that is not yet started.

    The factory takes `(case, endpoints)` and returns a `Client`. `log` takes what a command prints.
    """
    if way is None:
        return provider_client(case, endpoints, own_provider(case.provider))
    if way.is_command(clock):
        return _command(case, endpoints, way, log)
    if way.directory is not None and str(way.directory) not in sys.path:
        sys.path.insert(0, str(way.directory))
    module, _, factory = way.python.partition(":")
    made: Client = getattr(importlib.import_module(module), factory)(case, endpoints)
    return made


def _command(case: Case, endpoints: Endpoints, way: Way, log: Log | None) -> CommandClient:
    caller_hz, agent_hz = SAMPLE_RATES_HZ[case.provider]
    written = case.model_dump(mode="json")
    asked = Asked(
        provider=case.provider,
        session=written["session"],
        script=written["script"],
        seconds=case.expect.end.by_us / 1e6,
        sample_rate_hz=caller_hz,
    )
    return CommandClient(
        way.command,
        asked=asked,
        endpoints=endpoints,
        agent_sample_rate_hz=agent_hz,
        directory=way.directory,
        variables=way.variables,
        log=log,
    )


def provider_client(case: Case, endpoints: Endpoints, made: type[BaseProvider]) -> Client:
    """A client that drives one of deadair's own, or a class made from one, with the session that the case asks for."""
    caller_hz, agent_hz = SAMPLE_RATES_HZ[case.provider]
    keys = (endpoints.fresh_key,) * (2 if case.provider == "deepgram" else 1)
    tls = {"ssl_context": ssl.create_default_context(cadata=endpoints.authority)} if endpoints.authority else {}
    make: Any = made
    provider = make(*keys, **tls)
    if case.provider == "deepgram":
        provider.DEEPGRAM_STT_URL = endpoints.urls[SESSION]
        provider.DEEPGRAM_TTS_URL = f"{endpoints.urls[REST]}/v1/speak"
        provider.GEMINI_API_URL = f"{endpoints.urls[REST]}/v1beta"
    else:
        provider.WEBSOCKET_URL = endpoints.urls[SESSION]
    known = {name: value for name, value in case.session.items() if name in SessionConfig.__dataclass_fields__}
    rest = {name: value for name, value in case.session.items() if name not in known}
    config = SessionConfig(**{**known, "sample_rate": caller_hz, "metadata": {**known.get("metadata", {}), **rest}})
    return ProviderClient(
        provider,
        config=config,
        audio=lambda pcm: AudioChunk(data=pcm, format=AudioFormat.PCM16, sample_rate=caller_hz),
        text=lambda text: TextMessage(text=text),
        sample_rate_hz=caller_hz,
        agent_sample_rate_hz=agent_hz,
    )
