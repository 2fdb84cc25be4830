"""What goes wrong: the fields of a fault, and its actions."""

from __future__ import annotations

from harness.scenario import catalogue
from harness.scenario.actions import BAD_FRAMES, FORMS, PHASES, REASON_BYTES_MAX, STREAMS, TLS_FAULTS, WORDS
from harness.scenario.schema.pieces import Schema, choice, flag, named, or_name, ref, said, table, whole

__all__ = ["ENDS", "MEETS", "action", "fault_fields"]

ENDS = ("for", "times", "until")
"""A fault has one of them at most."""


def fault_fields() -> dict[str, Schema]:
    where = {"anyOf": [choice(("live", "next", "all")), table({"nth": whole(1, 10_000)})]}
    return {
        "id": said({"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"}, "Names its events: fault.<id>."),
        "at": said(ref("duration"), "Since the run began."),
        "when": said(ref("matcher"), "Once this has happened."),
        "after": said(ref("duration"), "After its trigger; alone, after the fault above began."),
        "together": said(flag(), "Armed at once, not after the 'when' above."),
        "do": said(ref("action"), "What happens."),
        "on": said(where, "Which connections it hits."),
        "for": said(ref("duration"), "It ends after this time."),
        "times": said(whole(1, 10_000), "It ends after so many hits."),
        "until": said(ref("matcher"), "It ends at this event."),
        "allow_unfired": said(flag(), "Its never happening is no failure."),
    }


def action() -> Schema:
    values = _values()
    alone = [name for name, word in WORDS.items() if word.alone]
    spelled = [
        {
            **table({field: values[field] for field in (name, *word.takes)}),
            "required": [name],
            "description": MEETS[name],
        }
        for name, word in WORDS.items()
    ]
    return {"anyOf": [named({name: MEETS[name] for name in alone}), ref("name"), *spelled]}


def _values() -> dict[str, Schema]:
    """The value of each field that an action may have; a field means the same in all of them."""
    duration = {"$ref": "#/$defs/duration"}
    # `{quota}` in braces is a key without a value.
    flags = {
        name: or_name({"enum": [True, None]}) for name, word in WORDS.items() if word.alone and name != "rate_limited"
    }
    server = sorted({name for names in catalogue.SERVER_MESSAGES.values() for name in names})
    client = sorted({name for names in catalogue.CLIENT_MESSAGES.values() for name in names})
    of_server = choice([*server, *(f"server.{name}" for name in server)])
    return {
        **flags,
        "latency": duration,
        "jitter": duration,
        "bandwidth": ref("rate"),
        "slicer": {
            **table({"average": ref("size"), "variation": ref("size"), "delay": duration}),
            "required": ["average"],
        },
        "slow_close": duration,
        "timeout": duration,
        "reset_peer": duration,
        "limit_data": ref("size"),
        "stream": choice(STREAMS),
        "toxicity": ref("share"),
        "http": whole(300, 599),
        "retry_after": duration,
        "form": choice(FORMS),
        "body": {},
        "headers": {"type": "object"},
        "stall": choice(PHASES),
        "close": {"anyOf": [*(whole(least, most) for least, most in _CLOSE_CODES), {"const": "none"}]},
        "reason": {"maxLength": REASON_BYTES_MAX},
        "never_answer": flag(),
        "frame": choice(BAD_FRAMES),
        "delay_pongs": duration,
        "send": {"anyOf": [of_server, {"type": "object"}]},
        "error": {},
        "go_away": duration,
        "rate_limited": duration,
        "fail_response": {},
        "withhold": of_server,
        "garble": of_server,
        "duplicate": of_server,
        "reject": choice([*client, *(f"client.{name}" for name in client)]),
        "tls": choice(TLS_FAULTS),
    }


_CLOSE_CODES = ((1000, 1003), (1007, 1014), (3000, 4999))
"""Those that a close frame may carry; 1005, 1006 and 1015 only say that there was none."""

MEETS = {
    "reset": "RST on each live connection.",
    "drop": "The stream ends, without a close frame.",
    "refuse": "New connections are refused.",
    "down": "'drop' and 'refuse' at once: the provider is gone.",
    "blackhole": "Nothing passes in either direction, and nothing ends.",
    "latency": "Each byte arrives later, and in order: {latency: 400ms, jitter: 150ms}.",
    "bandwidth": "A narrow line: {bandwidth: 64KB/s}.",
    "slicer": "Bytes arrive in small pieces: {slicer: {average: 64B}}.",
    "slow_close": "The end of the stream arrives late.",
    "timeout": "Nothing passes; after so much silence the connection is closed. 0s never closes it.",
    "reset_peer": "RST so long after the next byte.",
    "limit_data": "The connection is closed after so many bytes.",
    "http": "The upgrade is answered with this status, from 300 to 599: {http: 429, retry_after: 3s}.",
    "stall": "Silence: before the upgrade is answered (tcp), after it (upgrade), or before the session is ready (ready).",
    "close": "A close frame: {close: 1011, reason: try again}; 'none' has no code.",
    "frame": "A frame that no correct server sends.",
    "mute_pings": "Pings are not answered.",
    "delay_pongs": "Pings are answered late.",
    "stop_reading": "The provider reads no more; what the client sends piles up.",
    "send": "A message of the server out of turn, by its name or as JSON.",
    "error": "An error inside the session, in the provider's own words.",
    "go_away": "'This connection ends soon': {go_away: 10s}. Gemini only.",
    "session_expired": "The session has reached its greatest age. Gemini and OpenAI only.",
    "rate_limited": "A rate limit, with or without a hint when to come back.",
    "quota": "The account has nothing left.",
    "fail_response": "The response that is being given, or the next one, fails.",
    "withhold": "Messages of this name are missing.",
    "garble": "Messages of this name are cut off.",
    "duplicate": "Messages of this name come twice.",
    "refuse_resume": "The handle for resuming is refused. Gemini only.",
    "reject": "The client's messages of this name are answered with an error.",
    "rotate_key": "The keys that were good are good no more.",
    "tls": "A bad certificate, or a handshake that stalls. On the real clock only.",
}
"""What the client meets, by the word of the action."""
