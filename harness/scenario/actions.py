"""What a fault can do: each word that `do:` knows, with the fields that it takes.

A new action is a class in `model` and a line in `WORDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.scenario import catalogue
from harness.scenario.events import message_name
from harness.scenario.model import (
    Action,
    BadFrame,
    Blackhole,
    CloseFrame,
    DelayPongs,
    Down,
    Drop,
    Duplicate,
    ErrorEvent,
    FailResponse,
    Garble,
    GoAway,
    Http,
    MutePings,
    ProviderName,
    Quota,
    RateLimited,
    Refuse,
    RefuseResume,
    Reject,
    Reset,
    RotateKey,
    Send,
    SessionExpired,
    Stall,
    StopReading,
    Tls,
    ToxicAction,
    Withhold,
)
from harness.scenario.quantities import NoQuantity, duration_us, rate_bytes_per_s, share, size_bytes
from harness.scenario.reading import (
    Fields,
    Reader,
    Reading,
    Unread,
    boolean,
    choice,
    closest,
    free,
    nearest,
    quantity,
    text,
    whole,
    word,
)
from harness.scenario.source import Entry, Listing, Node, Scalar, Table

__all__ = ["BAD_FRAMES", "FORMS", "PHASES", "STREAMS", "TLS_FAULTS", "WORDS", "Word", "action", "action_word"]

FORMS = ("header-seconds", "header-date", "header-ms", "none")
PHASES = ("tcp", "upgrade", "ready")
STREAMS = ("up", "down", "both")
TLS_FAULTS = ("expired", "wrong-host", "untrusted", "stall")
BAD_FRAMES = (
    "truncated-json", "binary-frame", "wrong-utf8", "reserved-bits", "oversize", "fragmented", "masked",
)  # fmt: skip

REASON_BYTES_MAX = 123
"""A control frame carries 125 bytes, two of which are the code (RFC 6455, 5.5)."""

_SENDABLE = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014)
"""Close codes below 3000 that may stand in a close frame (IANA's registry); 3000 to 4999 are free to use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One action.

    Attributes:
        read: Reads the fields; the action's own word is one of them.
        example: How it is written.
        takes: Fields beside the word.
        alone: Whether the word may stand without a value.
        providers: Who has such a trouble.
    """

    read: Callable[[Fields], Action]
    example: str
    takes: tuple[str, ...] = ()
    alone: bool = False
    providers: tuple[ProviderName, ...] = catalogue.PROVIDERS


def action(node: Node, reading: Reading) -> Action:
    """What `do:` says: a word, or a word with its value and further fields."""
    if isinstance(node, Listing):
        raise reading.wrong(node.place, "an action is a word, or fields", "a fault does one thing", _ACTIONS)
    table = _as_table(node)
    said = _words_in(table)
    if not said:
        raise _unknown(table, reading)
    if len(said) > 1:
        what = f"'{said[0].key.text}' and '{said[1].key.text}' are two actions"
        raise reading.wrong(said[1].key.place, what, "a fault does one thing; write another fault")
    key = said[0].key
    known = WORDS[key.text]
    if reading.provider is not None and reading.provider not in known.providers:
        who = " and ".join(known.providers)
        verb = "has" if len(known.providers) == 1 else "have"
        raise reading.wrong(key.place, f"{reading.provider} has no '{key.text}'", f"only {who} {verb} it")
    fields = reading.fields(table, thing=_thing(key.text), takes=(key.text, *known.takes), see="What can go wrong")
    if not known.alone and _is_empty(said[0].value):
        raise reading.wrong(key.place, f"'{key.text}' needs a value", f"write it like {known.example}")
    return known.read(fields)


def action_word(node: Node) -> str | None:
    """The word of an action, without reading it; None where there is none."""
    said = _words_in(_as_table(node))
    return said[0].key.text if said else None


def _unknown(table: Table, reading: Reading) -> Unread:
    """A mistyped action leaves its fields behind; the key closest to any action is the one that was meant."""
    keys = [entry.key for entry in table.entries] or [Scalar(place=table.place, text="")]
    meant = next((key for key in keys if closest(key.text, WORDS)), keys[0])
    what = f"there is no action '{meant.text}'"
    near = closest(meant.text, WORDS)
    if near is None:
        return reading.wrong(meant.place, what, takes=_ACTIONS)
    return reading.wrong(meant.place, what, nearest(meant.text, WORDS), _takes(near) if WORDS[near].takes else "")


def _thing(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} '{name}' fault"


def _takes(name: str) -> str:
    said = f"{_thing(name).capitalize()} takes: {', '.join((name, *WORDS[name].takes))}."
    return f'{said} See scenarios/README.md, "What can go wrong".'


def _as_table(node: Node) -> Table:
    if isinstance(node, Table):
        return node
    if isinstance(node, Scalar):
        empty = Scalar(place=node.place, text="")
        return Table(place=node.place, entries=(Entry(key=node, value=empty),))
    return Table(place=node.place, entries=())


def _words_in(table: Table) -> list[Entry]:
    return [entry for entry in table.entries if entry.key.text in WORDS]


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.plain and not node.text


# ── words that say it all ────────────────────────────────────────────────────


def _flag(name: str, make: Callable[[], Action]) -> Word:
    def read(fields: Fields) -> Action:
        value = fields.entries[name].value
        if not _is_empty(value) and not boolean(value, fields.reading):
            raise fields.reading.wrong(value.place, f"'{name}: false' does nothing", "leave the fault out")
        fields.check()
        return make()

    return Word(read=read, example=name, alone=True)


# ── toxics ───────────────────────────────────────────────────────────────────

_TOXIC_FIELDS = ("stream", "toxicity")


def _toxic(fields: Fields, type_: str, attributes: dict[str, int]) -> Action:
    stream = fields.get("stream", choice(*STREAMS), "both")
    toxicity = fields.get("toxicity", quantity(share), 1.0)
    fields.check()
    return ToxicAction.model_validate({"type": type_, "attributes": attributes, "stream": stream, "toxicity": toxicity})


def _milliseconds(said: str) -> int:
    # Toxiproxy takes whole milliseconds, and 0.5 would become none.
    us = duration_us(said)
    if us % 1000:
        raise NoQuantity(f"'{said}' is no whole number of milliseconds", "Toxiproxy counts in milliseconds")
    return us // 1000


def _kilobytes_per_s(said: str) -> int:
    rate = rate_bytes_per_s(said)
    if rate == 0:
        raise NoQuantity(f"'{said}' lets nothing through", "write 'do: blackhole'")
    if rate % 1000:
        raise NoQuantity(f"'{said}' is no whole number of KB/s", "Toxiproxy counts in KB/s of 1000 bytes")
    return rate // 1000


def _latency(fields: Fields) -> Action:
    latency = fields.need("latency", quantity(_milliseconds))
    jitter = fields.get("jitter", quantity(_milliseconds), 0)
    return _toxic(fields, "latency", {"latency": latency, "jitter": jitter})


def _bandwidth(fields: Fields) -> Action:
    return _toxic(fields, "bandwidth", {"rate": fields.need("bandwidth", quantity(_kilobytes_per_s))})


def _slicer(fields: Fields) -> Action:
    return _toxic(fields, "slicer", fields.need("slicer", _slices))


def _slices(node: Node, reading: Reading) -> dict[str, int]:
    fields = reading.fields(node, thing="a slicer", takes=("average", "variation", "delay"), see="What can go wrong")
    average = fields.need("average", quantity(size_bytes))
    variation = fields.get("variation", quantity(size_bytes), 0)
    delay_us = fields.get("delay", quantity(duration_us), 0)
    fields.check()
    # Either would crash a real Toxiproxy (Shopify/toxiproxy#541 and an endless recursion).
    if average == 0:
        raise reading.wrong(fields.place_of("average"), "slices of 0 bytes carry nothing", "write 1B or more")
    if variation > average:
        raise reading.wrong(fields.place_of("variation"), "the variation is larger than the average slice")
    return {"average_size": average, "size_variation": variation, "delay": delay_us}


def _span_toxic(name: str, attribute: str) -> Word:
    def read(fields: Fields) -> Action:
        return _toxic(fields, name, {attribute: fields.need(name, quantity(_milliseconds))})

    return Word(read=read, example=f"{{{name}: 1s}}", takes=_TOXIC_FIELDS)


def _limit_data(fields: Fields) -> Action:
    return _toxic(fields, "limit_data", {"bytes": fields.need("limit_data", quantity(size_bytes))})


# ── the upgrade, and frames ──────────────────────────────────────────────────


def _http(fields: Fields) -> Action:
    status = fields.need("http", whole(300, 599))
    retry_after_us = fields.get("retry_after", quantity(duration_us), None)
    form: Any = fields.get("form", choice(*FORMS), "header-seconds")
    body = fields.get("body", free, None)
    headers: dict[str, str] = fields.get("headers", _headers, {})
    if fields.has("form") and not fields.has("retry_after"):
        fields.note(fields.place_of("form"), "'form' says how 'retry_after' is told, and there is none", "add it")
    fields.check()
    return Http(status=status, retry_after_us=retry_after_us, form=form, body=body, headers=headers)


def _headers(node: Node, reading: Reading) -> dict[str, str]:
    if not isinstance(node, Table):
        raise reading.wrong(node.place, "headers are written as {name: value}")
    return {word(entry.key, reading): word(entry.value, reading) for entry in node.entries}


def _stall(fields: Fields) -> Action:
    phase = fields.need("stall", choice(*PHASES))
    fields.check()
    return Stall(phase=phase)


def _close(fields: Fields) -> Action:
    code = fields.need("close", _close_code)
    reason = fields.get("reason", text, "")
    never_answer = fields.get("never_answer", boolean, False)
    fields.check()
    if reason and code is None:
        fields.note(fields.place_of("reason"), "a close frame without a code has no reason", "give it a code")
    if len(reason.encode()) > REASON_BYTES_MAX:
        fields.note(fields.place_of("reason"), f"a reason has at most {REASON_BYTES_MAX} bytes")
    fields.check()
    return CloseFrame(code=code, reason=reason, never_answer=never_answer)


def _close_code(node: Node, reading: Reading) -> int | None:
    if isinstance(node, Scalar) and node.text == "none":
        return None
    code = whole(0, 65535)(node, reading)
    match code:
        case 1005:
            raise reading.wrong(
                node.place, "1005 means that there was no code; it is never sent", "write 'close: none'"
            )
        case 1006:
            what = "1006 means that there was no close frame; it is never sent"
            raise reading.wrong(node.place, what, "write 'do: drop' or 'do: reset'")
        case 1015:
            what = "1015 means that TLS failed; it is never sent"
            raise reading.wrong(node.place, what, "write {tls: expired} or another of its faults")
        case _ if code in _SENDABLE or 3000 <= code <= 4999:
            return code
        case _:
            takes = "A close code is one of 1000-1003, 1007-1014, 3000-4999, or none."
            raise reading.wrong(node.place, f"a close frame may not carry {code}", takes=takes)


def _frame(fields: Fields) -> Action:
    frame = fields.need("frame", choice(*BAD_FRAMES))
    fields.check()
    return BadFrame(frame=frame)


def _delay_pongs(fields: Fields) -> Action:
    delay_us = fields.need("delay_pongs", quantity(duration_us))
    fields.check()
    return DelayPongs(delay_us=delay_us)


# ── in the provider's own words ──────────────────────────────────────────────


def _send(fields: Fields) -> Action:
    message = fields.need("send", _message)
    fields.check()
    return Send(message=message)


def _message(node: Node, reading: Reading) -> str | dict[str, Any]:
    if isinstance(node, Table):
        message: dict[str, Any] = free(node, reading)
        return message
    return message_name("server")(node, reading)


def _go_away(fields: Fields) -> Action:
    time_left_us = fields.need("go_away", quantity(duration_us))
    fields.check()
    return GoAway(time_left_us=time_left_us)


def _rate_limited(fields: Fields) -> Action:
    if _is_empty(fields.entries["rate_limited"].value):
        fields.check()
        return RateLimited()
    retry_after_us = fields.need("rate_limited", quantity(duration_us))
    fields.check()
    return RateLimited(retry_after_us=retry_after_us)


_REST_FAILURES = (
    "A response of it is a REST call: write an HTTP status from 400 to 599, or speak:503 for one of the calls alone."
)


def _code(what: str, known: Mapping[ProviderName, tuple[str, ...]]) -> Reader[str]:
    """A reader of a code: one of a provider's own where it has no others."""

    def read(node: Node, reading: Reading) -> str:
        code = word(node, reading)
        codes = known.get(reading.provider) if reading.provider else None
        if codes is not None and code not in codes:
            takes = f"It has: {', '.join(codes)}." if len(codes) < 100 else _REST_FAILURES
            raise reading.wrong(node.place, f"{reading.provider} has no {what} '{code}'", nearest(code, codes), takes)
        return code

    return read


def _one(name: str, read_value: Reader[str], make: Callable[[str], Action], example: str) -> Word:
    """An action that is one word with one value."""

    def read(fields: Fields) -> Action:
        value = fields.need(name, read_value)
        fields.check()
        return make(value)

    return Word(read=read, example=example)


def _tls(fields: Fields) -> Action:
    fault = fields.need("tls", choice(*TLS_FAULTS))
    fields.check()
    return Tls(fault=fault)


WORDS: dict[str, Word] = {
    "reset": _flag("reset", Reset),
    "drop": _flag("drop", Drop),
    "refuse": _flag("refuse", Refuse),
    "down": _flag("down", Down),
    "blackhole": _flag("blackhole", Blackhole),
    "latency": Word(read=_latency, example="{latency: 400ms, jitter: 150ms}", takes=("jitter", *_TOXIC_FIELDS)),
    "bandwidth": Word(read=_bandwidth, example="{bandwidth: 64KB/s}", takes=_TOXIC_FIELDS),
    "slicer": Word(read=_slicer, example="{slicer: {average: 64B}}", takes=_TOXIC_FIELDS),
    "slow_close": _span_toxic("slow_close", "delay"),
    "timeout": _span_toxic("timeout", "timeout"),
    "reset_peer": _span_toxic("reset_peer", "timeout"),
    "limit_data": Word(read=_limit_data, example="{limit_data: 300B}", takes=_TOXIC_FIELDS),
    "http": Word(read=_http, example="{http: 503}", takes=("retry_after", "form", "body", "headers")),
    "stall": Word(read=_stall, example="{stall: upgrade}"),
    "rotate_key": _flag("rotate_key", RotateKey),
    "close": Word(read=_close, example="{close: 1011}", takes=("reason", "never_answer")),
    "frame": Word(read=_frame, example="{frame: truncated-json}"),
    "mute_pings": _flag("mute_pings", MutePings),
    "delay_pongs": Word(read=_delay_pongs, example="{delay_pongs: 25s}"),
    "stop_reading": _flag("stop_reading", StopReading),
    "send": Word(read=_send, example="{send: <server message>}"),
    "error": _one(
        "error", _code("error", catalogue.ERROR_CODES), lambda code: ErrorEvent(code=code), "{error: server_error}"
    ),
    "go_away": Word(read=_go_away, example="{go_away: 10s}", providers=("gemini-live",)),
    "session_expired": replace(_flag("session_expired", SessionExpired), providers=("gemini-live", "openai-realtime")),
    "rate_limited": Word(read=_rate_limited, example="{rate_limited: 20s}", alone=True),
    "quota": _flag("quota", Quota),
    "fail_response": _one(
        "fail_response",
        _code("failure", catalogue.FAILURE_CODES),
        lambda code: FailResponse(code=code),
        "{fail_response: server_error}",
    ),
    "withhold": _one(
        "withhold", message_name("server"), lambda name: Withhold(event=name), "{withhold: <server message>}"
    ),
    "garble": _one("garble", message_name("server"), lambda name: Garble(event=name), "{garble: <server message>}"),
    "duplicate": _one(
        "duplicate", message_name("server"), lambda name: Duplicate(event=name), "{duplicate: <server message>}"
    ),
    "refuse_resume": replace(_flag("refuse_resume", RefuseResume), providers=("gemini-live",)),
    "reject": _one("reject", message_name("client"), lambda name: Reject(message=name), "{reject: <client message>}"),
    "tls": Word(read=_tls, example="{tls: expired}"),
}
"""Every action by its word, from the wire upwards."""

_ACTIONS = f'Actions: {", ".join(WORDS)}. See scenarios/README.md, "What can go wrong".'
