"""What a client says once its session is set up, and what each of it sets off."""

from __future__ import annotations

from typing import Any

from mock_servers.base.google_content import Blob
from mock_servers.base.protocol import Close
from mock_servers.gemini_live import endings
from mock_servers.gemini_live.call import Call
from mock_servers.gemini_live.caller import Began, Finished, Happening, Understood
from mock_servers.gemini_live.client_messages import ClientContent, ContextUpdate, RealtimeInput
from mock_servers.gemini_live.functions import Functions
from mock_servers.gemini_live.interpreter import Interpreter
from mock_servers.gemini_live.lifetime import Lifetime
from mock_servers.gemini_live.model import Model
from mock_servers.gemini_live.server_messages import server_content, vad_signal, voice_activity
from mock_servers.gemini_live.transcription import transcription
from mock_servers.gemini_live.usage import Tokens

__all__ = ["Intake"]


class Intake:
    """The client's side of one session."""

    def __init__(self, call: Call, model: Model, functions: Functions, lifetime: Lifetime) -> None:
        self._call = call
        self._model = model
        self._functions = functions
        self._lifetime = lifetime
        self._interpreter = Interpreter(call)
        self._takes_seed = False
        self._has_seen = False

    def begins(self) -> None:
        asked = self._call.setup.history_config.initial_history_in_client_content
        self._takes_seed = asked and not self._call.resumed

    def content(self, content: ClientContent, now_s: float) -> None:
        call = self._call
        if call.profile.interprets or (call.profile.content_only_seeds and not self._takes_seed):
            call.close(endings.INVALID_ARGUMENT, now_s)
            return
        self._model.interrupt(now_s)
        for turn in content.turns:
            call.dialogue.add("model" if turn.role == "model" else "user", turn.text)
            call.dialogue.charge(Tokens.of(text=turn.text))
        if not content.turn_complete:
            return
        if self._takes_seed:
            # Initial history calls for no answer: that comes to the first realtime input (types.py, HistoryConfig).
            self._takes_seed = False
        elif content.turns:
            self._model.asked(" ".join(turn.text for turn in content.turns), now_s)
        else:
            # The end of a turn without turns: what was said before is to be answered now.
            self._model.think(now_s)

    def realtime(self, input_: RealtimeInput, now_s: float) -> None:
        # Of the old field only the first element was ever honoured: generative_service.proto, media_chunks.
        media = [blob for blob in (input_.audio, *input_.media_chunks[:1], input_.video) if blob is not None]
        refusal = self._refusal(input_, media)
        if refusal is not None:
            self._call.close(refusal, now_s)
            return
        self._takes_seed = False
        heeds = self._call.caller.is_manual
        if heeds and input_.activity_start is not None:
            self._happened(self._call.caller.starts(), now_s)
        for blob in media:
            if blob.is_image:
                self._see(now_s)
            else:
                self._happened(self._call.caller.plays(blob), now_s)
                if self._call.profile.interprets:
                    self._interpreter.heard(blob)
        if (heeds and input_.activity_end is not None) or (not heeds and input_.audio_stream_end):
            self._happened(self._call.caller.ends(), now_s)
        if input_.text is not None and not self._call.is_over:
            self._typed(input_.text, now_s)

    def updated(self, update: ContextUpdate) -> None:
        """New instructions or tools, from now on; there is no answer to it."""
        if update.system_instruction is not None:
            self._call.dialogue.charge(Tokens.of(text=update.system_instruction.text))
        if update.tools is not None:
            self._functions.declare(update.tools.tools)
            self._call.setup = self._call.setup.model_copy(update={"tools": update.tools.tools})

    def _refusal(self, input_: RealtimeInput, media: list[Blob]) -> Close | None:
        settings = self._call.settings
        if self._is_out_of_mode(input_) and settings.activity_signals == "refused":
            return endings.INVALID_ARGUMENT
        if not all(blob.rate_hz or blob.is_image for blob in media):
            return endings.INVALID_ARGUMENT
        if self._call.profile.interprets and (input_.text is not None or any(blob.is_image for blob in media)):
            return endings.INVALID_ARGUMENT
        has_audio = any(blob.rate_hz for blob in media)
        if has_audio and self._model.is_waiting and settings.audio_during_call == "refused":
            return endings.UNIMPLEMENTED
        return None

    def _is_out_of_mode(self, input_: RealtimeInput) -> bool:
        """Activity is told by one side: the signals are legal where detection is off, `audioStreamEnd` where it is on.
        How Google answers the others is inferred."""
        if self._call.caller.is_manual:
            return input_.audio_stream_end
        return input_.activity_start is not None or input_.activity_end is not None

    def _see(self, now_s: float) -> None:
        self._call.dialogue.charge(Tokens.of(frames=1))
        if not self._has_seen:
            self._has_seen = True
            self._lifetime.saw_an_image()
        proactivity = self._call.setup.proactivity
        if proactivity is not None and proactivity.proactive_video and proactivity.proactive_audio:
            self._model.think(now_s)

    def _typed(self, text: str, now_s: float) -> None:
        call = self._call
        self._model.interrupt_by_activity(now_s)
        call.dialogue.add("user", text)
        call.dialogue.charge(Tokens.of(text=text))
        if call.profile.echoes_typed_text and call.setup.input_audio_transcription is not None:
            call.say(server_content(inputTranscription={"text": text}))
        self._model.asked(text, now_s)

    # What is heard of the caller.

    def _happened(self, happenings: list[Happening], now_s: float) -> None:
        for happening in happenings:
            match happening:
                case Began(at_audio_s=at_audio_s):
                    self._signal("START", "SOS", at_audio_s)
                    if not self._call.profile.interprets:
                        self._model.interrupt_by_activity(now_s)
                case Understood():
                    self._transcribe(happening, now_s)
                    if self._call.profile.interprets:
                        self._interpreter.understood(happening)
                case Finished(text=text, at_audio_s=at_audio_s):
                    self._signal("END", "EOS", at_audio_s)
                    self._finished(text, now_s)

    def _finished(self, text: str, now_s: float) -> None:
        call, asked = self._call, self._call.setup.input_audio_transcription
        if asked is not None and text:
            if call.profile.tells_interim:
                self._tell_transcript(transcription(text, asked), now_s)
            elif call.flavour.finishes_transcripts:
                self._tell_transcript({"finished": True}, now_s)
        if call.profile.interprets:
            return
        if text:
            call.dialogue.add("user", text)
        self._model.asked(text, now_s)

    def _transcribe(self, heard: Understood, now_s: float) -> None:
        call, asked = self._call, self._call.setup.input_audio_transcription
        if asked is None:
            return
        if not call.profile.tells_interim:
            self._tell_transcript(transcription(heard.text, asked, words=heard.words), now_s)
            return
        is_timed = bool(call.setup.realtime_input_config.interim_transcript_timestamp_enabled)
        whole = " ".join(word.text for word in heard.so_far)
        interim = transcription(whole, asked, words=heard.so_far, timed=is_timed)
        call.say(server_content(interimInputTranscription=interim))

    def _tell_transcript(self, told: dict[str, Any], now_s: float) -> None:
        """Nothing orders the transcript of the caller and the model's turn."""
        message, lag_s = server_content(inputTranscription=told), self._call.settings.transcript_lag_s
        if lag_s:
            late_s = self._call.chance(f"transcript/{now_s:.3f}").uniform(0.0, lag_s)
            self._call.say_later(message, now_s + late_s)
        else:
            self._call.say(message)

    def _signal(self, activity: str, signal: str, at_audio_s: float) -> None:
        if not self._call.setup.explicit_vad_signal:
            return
        self._call.say(voice_activity(f"ACTIVITY_{activity}", at_audio_s))
        if self._call.settings.vad_signal:
            self._call.say(vad_signal(f"VAD_SIGNAL_TYPE_{signal}"))
