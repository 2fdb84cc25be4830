"""How long a connection and its session live, and how their ends are told."""

from __future__ import annotations

from mock_servers.base.protocol import Abort
from mock_servers.gemini_live import endings
from mock_servers.gemini_live.alarms import Due
from mock_servers.gemini_live.call import Call
from mock_servers.gemini_live.server_messages import go_away

__all__ = ["Lifetime"]

ENDINGS = {
    "aborted": endings.ABORTED_AFTER_GO_AWAY,
    "deadline": endings.DEADLINE_EXPIRED,
    "cancelled": endings.CANCELLED,
    "empty": endings.ENDED_IN_SILENCE,
}


class Lifetime:
    """The clocks of one connection."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._owed_go_away_s: float | None = None
        self._was_warned = False

    def opened(self, now_s: float) -> None:
        """The life of a connection begins with the upgrade, whether it is set up or not."""
        settings = self._call.settings
        self._call.opened_s = now_s
        self._call.alarms.set(Due.DEADLINE, now_s + settings.connection_s + settings.grace_s)

    def ready(self, now_s: float) -> None:
        call, settings = self._call, self._call.settings
        if call.profile.has_cap:
            call.alarms.drop(Due.DEADLINE)
            call.alarms.set(Due.CONNECTION_CAP, max(now_s, call.opened_s + settings.connection_cap_s))
        else:
            warned_s = call.opened_s + settings.connection_s - settings.go_away_lead_s
            call.alarms.set(Due.GO_AWAY, max(now_s, warned_s))
        if call.endpoint.token is not None:
            call.alarms.set(Due.TOKEN_EXPIRED, call.endpoint.token.expires_s)
        self._cap_session(settings.session_cap_s)
        owed, self._owed_go_away_s = self._owed_go_away_s, None
        if owed is not None:
            self.warn(owed, now_s)

    def saw_an_image(self) -> None:
        settings = self._call.settings
        self._cap_session(min(settings.session_cap_s, settings.video_cap_s))

    def warn(self, time_left_s: float, at_s: float) -> None:
        """goAway, and an end soon after for a client that does not heed it. Nothing may come before setupComplete, so a
        session that is not ready yet is warned when it is."""
        call = self._call
        if not call.is_ready:
            self._owed_go_away_s = time_left_s
            return
        self._was_warned = True
        call.alarms.drop(Due.GO_AWAY)
        deadline_s, earlier_s = at_s + time_left_s + call.settings.grace_s, call.alarms.at_s(Due.DEADLINE)
        call.alarms.set(Due.DEADLINE, deadline_s if earlier_s is None else min(earlier_s, deadline_s))
        call.say(go_away(time_left_s))
        call.is_mute = call.settings.connection_end == "silent"

    def go_away_is_due(self, at_s: float) -> None:
        self.warn(max(0.0, self._call.opened_s + self._call.settings.connection_s - at_s), at_s)

    def deadline_has_come(self, at_s: float) -> None:
        call, end = self._call, self._call.settings.connection_end
        if not self._was_warned:
            call.close(endings.DEADLINE_EXPIRED, at_s)
        elif end == "silent":
            call.leave(at_s)
            call.actions.append(Abort())
        else:
            by_service = "cancelled" if call.flavour.cancels_at_the_end else "aborted"
            call.close(ENDINGS[by_service if end == "by-service" else end], at_s)

    def cap_is_reached(self, at_s: float) -> None:
        """The connection of a 3.8 model is over. Its session is not: users resumed it, some only at the second attempt."""
        if self._call.settings.after_connection_cap == "refused-once":
            self._call.backend.handles.refuse_once(self._call.past.session)
        self._call.close(endings.DEADLINE_EXPIRED, at_s)

    def expire(self, at_s: float) -> None:
        """The session has used up its time."""
        if self._call.is_ready:
            self._call.backend.handles.expired(self._call.past.session)
        self._call.close(endings.DEADLINE_EXPIRED, at_s)

    def _cap_session(self, cap_s: float) -> None:
        call = self._call
        if call.setup.context_window_compression is None:
            used_s = call.backend.handles.used_s(call.past.session)
            call.alarms.set(Due.SESSION_CAP, call.ready_s + max(0.0, cap_s - used_s))
