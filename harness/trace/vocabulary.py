"""The event kinds that are the same for every provider, each with its owner and the fields it carries.

`server.<message>`, `client.<message>` and `fault.<id>` are open sets: the first two are checked against the provider's
catalogue (`harness/scenario/catalogue.py`), the last against the scenario's own faults.
"""

from __future__ import annotations

__all__ = ["CLIENT_TOLD", "RUN", "WIRE"]

CLIENT_TOLD: dict[str, str] = {
    "connection.reconnecting": "attempt, max_attempts, backoff_delay (s), component?, buffered_audio_chunks?, rate_limit_wait? (s)",
    "connection.reconnected": "attempts, component?",
    "connection.failed": "attempts, reason, component?",
    "session.created": "what the client told",
    "session.updated": "what the client told",
    "audio.output": "audio [[from, to], …], format, sample_rate",
    "text.output": "text, role",
    "transcription": "text",
    "speech.started": "",
    "speech.stopped": "",
    "turn.started": "",
    "turn.completed": "",
    "function_call": "call_id, name, arguments",
    "function_call.cancelled": "call_id",
    "error": "what the client told",
}
"""Told by the client under test, word for word (CONTRACT.md section 3)."""

WIRE: dict[str, str] = {
    "wire.attempt": "endpoint: the client has begun to open a connection (on the wire: its SYN)",
    "wire.refused": "status (null where TCP refused), retry_after_us?, key?: this attempt was turned away",
    "wire.open": "path, query, key?: the upgrade was answered with 101",
    "wire.ready": "resumed: the session is ready to be used",
    "wire.closed": "code (1005 no status, 1006 no close frame), reason, by: client | server | proxy, account?",
    "wire.reset": "by: client | server | proxy, account?",
    "wire.abandoned": "the client gave the attempt up before it was open",
}
"""What proxy and mock see, whoever the client is. `account` is of the caller's audio on that connection: `received_us`,
`processed_us`, `finalised_us`, and as positions what of the speech was never finalised (`unfinalised`). `key` says which key was
shown, in runs in which keys change: 0 is the one that was given as a text, 1, 2, … are those that were fetched. Each attempt has exactly one end: refused, abandoned, closed or reset."""

RUN: dict[str, str] = {
    "run.state": "state: the client's own word for its state, told when it changes",
    "run.connecting": "connect() was called",
    "run.connected": "connect() returned",
    "run.connect_failed": "error: connect() raised",
    "run.disconnecting": "disconnect() was called",
    "run.disconnected": "disconnect() returned",
    "run.disconnect_failed": "error: disconnect() raised",
    "run.send_failed": "error, count: a send raised; one event for each unbroken series of the same error",
    "run.unhandled": "error: the client let an error go, in a task or a callback, and nobody caught it",
    "run.stream_ended": "error?: receive_events() came to its end",
    "caller.speaking": "audio [[from, from]]: a turn of the caller begins at this position",
    "caller.paused": "audio [[from, to]]: the turn is over, and was this much",
}
"""What the harness itself did and saw at the client's front door."""
