"""One Live connection: from the setup to the close frame.

Decides only; what comes in and how time passes is told to it, and what it wants done it returns. What Google does was
read from the proto's comments, the recordings of js-genai and what users wrote down of their sessions; a choice of our
own says so where it is made.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable
from dataclasses import replace

from mock_servers.base import trouble as troubles_of_base
from mock_servers.base.protocol import Action, Close, Cursors, Heard, Ready
from mock_servers.base.trouble import Trouble
from mock_servers.gemini_live import endings, setup, troubles
from mock_servers.gemini_live.alarms import Due
from mock_servers.gemini_live.backend import Backend
from mock_servers.gemini_live.call import Call
from mock_servers.gemini_live.client_messages import ClientContent, ContextUpdate, RealtimeInput, Setup, ToolResponse
from mock_servers.gemini_live.endpoint import Endpoint
from mock_servers.gemini_live.functions import Functions
from mock_servers.gemini_live.intake import Intake
from mock_servers.gemini_live.keeping import Keeping
from mock_servers.gemini_live.lifetime import Lifetime
from mock_servers.gemini_live.model import Model
from mock_servers.gemini_live.reading import BadMessage, ClientMessage, read
from mock_servers.gemini_live.server_messages import setup_complete
from mock_servers.gemini_live.usage import Tokens

__all__ = ["LiveSession"]

FOREIGN_HANDLE_LIVES_S = 0.3
"""A handle of another model is taken, and the session dies so long after: users saw it die "at once"."""

QUEUED_MAX = 512
"""Messages before setupComplete; a client that sends more has not waited for it at all, and is ended with 1007."""


class Phase(enum.Enum):
    OPEN = enum.auto()
    """Upgraded; nothing but a setup is taken."""
    SETTING_UP = enum.auto()
    """The setup was taken, and is not complete."""
    READY = enum.auto()


class LiveSession:
    """`mock_servers.base.protocol.Session` for Gemini Live."""

    response_headers: tuple[tuple[str, str], ...] = ()
    subprotocol: str | None = None

    def __init__(self, backend: Backend, endpoint: Endpoint) -> None:
        self._backend = backend
        self._endpoint = endpoint
        self._phase = Phase.OPEN
        self._call = Call(backend, endpoint)
        self._lifetime = Lifetime(self._call)
        self._keeping = Keeping(self._call)
        self._functions = Functions(self._call)
        self._model = Model(self._call, self._functions, self._keeping)
        self._intake = Intake(self._call, self._model, self._functions, self._lifetime)
        self._asked: Setup | None = None
        self._queued: list[ClientMessage] = []
        self._rejected: list[str] = []
        self._due: dict[Due, Callable[[float], None]] = {
            Due.KEY_REFUSED: self._refuse_key,
            Due.SET_UP: self._set_up,
            Due.REPLY: self._model.reply_is_due,
            Due.STEP: self._model.step_is_due,
            Due.CONCLUSION: self._model.conclusion_is_due,
            Due.HANDLE: self._keeping.handle_is_due,
            Due.GO_AWAY: self._lifetime.go_away_is_due,
            Due.DEADLINE: self._lifetime.deadline_has_come,
            Due.CONNECTION_CAP: self._lifetime.cap_is_reached,
            Due.SESSION_CAP: self._lifetime.expire,
            Due.TOKEN_EXPIRED: lambda at_s: self._call.close(endings.OAUTH_INVALID, at_s),
            Due.FOREIGN_HANDLE: lambda at_s: self._call.close(endings.FOREIGN_HANDLE, at_s),
            Due.FATAL_HANDLE: lambda at_s: self._call.close(endings.INTERNAL, at_s),
            Due.BELATED: lambda at_s: self._call.say_belated(),
        }

    # What the server tells.

    def opened(self, now_s: float) -> list[Action]:
        self._lifetime.opened(now_s)
        if self._endpoint.refusal is not None:
            self._call.alarms.set(Due.KEY_REFUSED, now_s + self._backend.settings.key_checked_after_s)
        return self._call.take_actions()

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        if self._call.is_over:
            return []
        try:
            message = read(payload, ignore_unknown=self._backend.settings.unknown_fields == "ignored")
        except BadMessage as bad:
            if bad.name:
                self._call.actions.append(Heard(name=bad.name, body={}))
            self._call.close(bad.ending, now_s)
            return self._call.take_actions()
        self._call.actions.append(
            Heard(name=message.name, body=message.told, audio=message.audio, audio_s=message.audio_s)
        )
        if self._endpoint.refusal is None:
            self._understood(message, now_s)
        return self._call.take_actions()

    def passed(self, now_s: float) -> list[Action]:
        while (rang := self._call.alarms.ring(now_s)) is not None:
            due, at_s = rang
            self._due[due](at_s)
        return self._call.take_actions()

    def wake_at_s(self) -> float | None:
        return self._call.alarms.next_s

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        troubles.check(trouble)
        if self._call.is_over:
            return []
        if (ending := troubles.ending_of(trouble)) is not None:
            self._call.close(ending, now_s)
        match trouble:
            case troubles_of_base.Reject(name=name):
                self._rejected.append(name)
            case troubles_of_base.RefuseResume():
                self._keeping.refuse()
            case troubles_of_base.SessionExpired():
                self._lifetime.expire(now_s)
            case troubles_of_base.GoAway(time_left_s=time_left_s):
                self._lifetime.warn(time_left_s, now_s)
            case troubles_of_base.FailResponse(code=code):
                self._model.fail(code, now_s)
        return self._call.take_actions()

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        match trouble:
            case troubles_of_base.Reject(name=name) if name in self._rejected:
                self._rejected.remove(name)
            case troubles_of_base.RefuseResume():
                self._keeping.allow()
            case troubles_of_base.FailResponse():
                self._model.fail_no_more()
        return []

    def closed(self, now_s: float) -> None:
        self._call.leave(now_s)

    def cursors(self, now_s: float) -> Cursors:
        return self._call.caller.cursors

    def example_tool(self) -> str:
        """A function that this session may call, for a call out of turn."""
        return next(iter(self._functions.names), "unknown_function")

    # What the client says.

    def _understood(self, message: ClientMessage, now_s: float) -> None:
        if message.name in self._rejected:
            self._call.close(endings.INVALID_ARGUMENT, now_s)
            return
        match self._phase, message.said:
            case Phase.OPEN, Setup() as asked:
                self._asked, self._phase = asked, Phase.SETTING_UP
                if setup_s := self._backend.settings.setup_s:
                    self._call.alarms.set(Due.SET_UP, now_s + setup_s)
                else:
                    self._set_up(now_s)
            case Phase.SETTING_UP, said if not isinstance(said, Setup) and self._may_queue:
                self._queued.append(message)
            case Phase.READY, said if not isinstance(said, Setup):
                self._take(message, now_s)
            case _:
                # A second setup closes so (BerriAI/litellm#31494). For a first message that is none, nothing was ever
                # seen; the same answer is our guess.
                self._call.close(endings.INVALID_ARGUMENT, now_s)

    @property
    def _may_queue(self) -> bool:
        return self._backend.settings.before_setup_complete == "queued" and len(self._queued) < QUEUED_MAX

    def _take(self, message: ClientMessage, now_s: float) -> None:
        self._call.messages_taken += 1
        match message.said:
            case ClientContent() as content:
                self._intake.content(content, now_s)
            case RealtimeInput() as input_:
                self._intake.realtime(input_, now_s)
            case ToolResponse() as response:
                self._model.returned(response.function_responses, now_s)
            case ContextUpdate() as update:
                self._intake.updated(update)
            case said:
                raise AssertionError(f"a session is told {said}, which nobody takes")

    # The beginning.

    def _set_up(self, now_s: float) -> None:
        call, endpoint = self._call, self._endpoint
        assert self._asked is not None, "a setup is due that never came"
        asked = self._asked if endpoint.token is None else endpoint.token.constrained(self._asked)
        resumes = asked.session_resumption is not None and bool(asked.session_resumption.handle)
        if endpoint.token is not None and not endpoint.token.admits(now_s, resumes=resumes):
            call.close(endings.OAUTH_INVALID, now_s)
            return
        refusal = setup.refusal(asked, endpoint, model=self._backend.settings.model)
        past = self._keeping.remembered(asked, now_s) if refusal is None else refusal
        if isinstance(past, Close):
            call.close(past, now_s)
            return

        self._phase = Phase.READY
        call.is_ready, call.ready_s = True, now_s
        self._backend.handles.opened(past.session, now_s)
        is_foreign = bool(past.model) and past.model != asked.model
        call.resumed = bool(past.model) and not is_foreign
        call.begin(asked, replace(past, model=asked.model))
        self._functions.declare(asked.tools)
        if asked.system_instruction is not None and not call.resumed:
            call.dialogue.charge(Tokens.of(text=asked.system_instruction.text))
        session_id = call.flavour.session_id(past.session)
        call.say(setup_complete(session_id=session_id, voice_consent=_consent(asked)))
        call.actions.append(Ready(resumed=call.resumed))
        if is_foreign:
            call.alarms.set(Due.FOREIGN_HANDLE, now_s + FOREIGN_HANDLE_LIVES_S)
        self._lifetime.ready(now_s)
        self._keeping.begins(now_s)
        self._intake.begins()
        if call.resumed and self._backend.settings.handles == "rerun" and call.dialogue.last_question:
            self._model.think(now_s)
        queued, self._queued = self._queued, []
        for message in queued:
            if not call.is_over:
                self._take(message, now_s)

    def _refuse_key(self, at_s: float) -> None:
        assert self._endpoint.refusal is not None, "a good key is not refused"
        self._call.close(self._endpoint.refusal, at_s)


def _consent(asked: Setup) -> str:
    """The signature for a voice whose owner was heard to agree to its use; from then on it stands for the recording."""
    speech = asked.generation_config.speech_config
    voice = speech.voice_config.replicated_voice_config if speech is not None and speech.voice_config else None
    if voice is None or not voice.consent_audio:
        return ""
    return hashlib.sha256(voice.consent_audio).hexdigest()
