"""Bodies of Toxiproxy's API: read into types, with Go's words for what is wrong, and written. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from harness.faults.embedded import EmbeddedProxy, InstalledToxic, ProxyPlan
from harness.faults.go_json import JsonError, Number, Object, Value, as_float32, encode, first_value, kind
from harness.faults.proxy import ProxyError, Stream
from harness.faults.toxics import TOXICS, Toxic

__all__ = [
    "ProxyChange", "ToxicChange", "ToxicWanted", "plan", "plans", "populated", "proxies_text", "proxy_change", "proxy_text",
    "toxic_change", "toxic_text", "toxic_wanted", "toxics_text",
]  # fmt: skip

INT64 = range(-(2**63), 2**63)

# What Go calls the types that it decodes into; its errors name them.
_PROXY = "toxiproxy.Proxy"
_POPULATED = 'struct { toxiproxy.Proxy; Enabled *bool "json:\\"enabled\\"" }'
_TOXIC_CHANGE = 'struct { Attributes interface {} "json:\\"attributes\\""; Toxicity float32 "json:\\"toxicity\\"" }'
_GO_TOXICS = {
    "latency": "LatencyToxic",
    "bandwidth": "BandwidthToxic",
    "slow_close": "SlowCloseToxic",
    "timeout": "TimeoutToxic",
    "reset_peer": "ResetToxic",
    "slicer": "SlicerToxic",
    "limit_data": "LimitDataToxic",
    "noop": "NoopToxic",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyChange:
    """What a request changes; None where it says nothing."""

    listen: str | None
    upstream: str | None
    enabled: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToxicWanted:
    """A toxic to be made; `written_stream` is the stream in the letters of the request."""

    name: str
    stream: Stream
    written_stream: str
    toxic: Toxic
    toxicity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ToxicChange:
    attributes: Mapping[str, int]
    toxicity: float | None


# ── reading ──────────────────────────────────────────────────────────────────


def plan(body: bytes) -> ProxyPlan:
    """The body of `POST /proxies`. Raises ProxyError, status 400, as do all the readers here."""
    given = _proxy_members(_parsed(body), go_type=_PROXY, go_struct="Proxy")
    if (missing := _missing(given)) is not None:
        raise _bad(f"missing required field: {missing}")
    return _as_plan(given)


def plans(body: bytes) -> tuple[ProxyPlan, ...] | None:
    """The body of `POST /populate`; None if it is `null`."""
    value = _parsed(body)
    if value is None:
        return None
    if not isinstance(value, tuple):
        raise _unreadable(f"json: cannot unmarshal {kind(value)} into Go value of type []{_POPULATED}")
    given = [_proxy_members(item, go_type=_POPULATED, go_struct="") for item in value]
    for number, members in enumerate(given, start=1):
        if (missing := _missing(members)) is not None:
            raise _bad(f"missing required field: {missing} at proxy {number}")
    return tuple(_as_plan(members) for members in given)


def proxy_change(body: bytes) -> ProxyChange:
    """The body of `PATCH /proxies/{proxy}`; a name in it is ignored."""
    given = _proxy_members(_parsed(body), go_type=_PROXY, go_struct="Proxy")
    return ProxyChange(
        listen=_text_or_none(given, "listen"),
        upstream=_text_or_none(given, "upstream"),
        enabled=_bool_or_none(given, "enabled"),
    )


def toxic_wanted(body: bytes) -> ToxicWanted:
    """The body of `POST /proxies/{proxy}/toxics`."""
    value = _parsed(body)
    given = _members(
        value,
        {"name": _string, "type": _string, "stream": _string, "toxicity": _float32, "attributes": _object("NoopToxic")},
        go_type="toxics.ToxicWrapper",
        go_struct="ToxicWrapper",
    )
    written_stream = _text_or_none(given, "stream") or "downstream"
    stream: Stream
    match written_stream.lower():
        case "upstream":
            stream = "upstream"
        case "downstream":
            stream = "downstream"
        case _:
            raise _bad("stream was invalid, can be either upstream or downstream")
    toxic_type = _text_or_none(given, "type") or ""
    if toxic_type not in TOXICS:
        raise _bad("invalid toxic type")
    plain = TOXICS[toxic_type]()
    toxicity = given.get("toxicity")
    return ToxicWanted(
        name=_text_or_none(given, "name") or f"{toxic_type}_{written_stream}",
        stream=stream,
        written_stream=written_stream,
        toxic=plain.with_attributes(_attributes(given.get("attributes"), plain)),
        toxicity=toxicity if isinstance(toxicity, float) else 1.0,
    )


def toxic_change(body: bytes, toxic: Toxic) -> ToxicChange:
    """The body of `PATCH /proxies/{proxy}/toxics/{toxic}` for a toxic of this kind."""
    given = _members(
        _parsed(body),
        {"attributes": _object(_GO_TOXICS[toxic.type]), "toxicity": _float32},
        go_type=_TOXIC_CHANGE,
        go_struct="",
    )
    toxicity = given.get("toxicity")
    return ToxicChange(
        attributes=_attributes(given.get("attributes"), toxic),
        toxicity=toxicity if isinstance(toxicity, float) else None,
    )


def _attributes(value: object, toxic: Toxic) -> dict[str, int]:
    wanted = dict.fromkeys(toxic.attributes(), _int64)
    given = _members(
        value if isinstance(value, Object) else None,
        wanted,
        go_type=f"toxics.{_GO_TOXICS[toxic.type]}",
        go_struct=f"{_GO_TOXICS[toxic.type]}.attributes",
    )
    return {name: number for name, number in given.items() if isinstance(number, int)}


def _proxy_members(value: Value, *, go_type: str, go_struct: str) -> dict[str, object]:
    return _members(
        value,
        {"name": _string, "listen": _string, "upstream": _string, "enabled": _boolean},
        go_type=go_type,
        go_struct=go_struct,
    )


def _missing(given: Mapping[str, object]) -> str | None:
    return next((name for name in ("name", "upstream") if not given.get(name)), None)


def _as_plan(given: Mapping[str, object]) -> ProxyPlan:
    enabled = _bool_or_none(given, "enabled")
    return ProxyPlan(
        name=_text_or_none(given, "name") or "",
        listen=_text_or_none(given, "listen") or "",
        upstream=_text_or_none(given, "upstream") or "",
        enabled=True if enabled is None else enabled,
    )


def _text_or_none(given: Mapping[str, object], name: str) -> str | None:
    value = given.get(name)
    return value if isinstance(value, str) else None


def _bool_or_none(given: Mapping[str, object], name: str) -> bool | None:
    value = given.get(name)
    return value if isinstance(value, bool) else None


# ── how Go fills a struct ────────────────────────────────────────────────────

# Takes a value; gives what it is in the field's type, or the words for what it is not: (value, "", "") or (…, what, type).
_Conversion = Callable[[Value], tuple[object, str, str]]


def _members(value: Value, wanted: Mapping[str, _Conversion], *, go_type: str, go_struct: str) -> dict[str, object]:
    """The wanted members: names in any case, unknown ones ignored, null as if absent, the last of doubles counts."""
    if value is None:
        return {}
    if not isinstance(value, Object):
        raise _unreadable(f"json: cannot unmarshal {kind(value)} into Go value of type {go_type}")
    given: dict[str, object] = {}
    for written, member in value.members:
        name = written.lower()
        if name not in wanted or member is None:
            continue
        given[name], wrong, field_type = wanted[name](member)
        if wrong:
            raise _unreadable(
                f"json: cannot unmarshal {wrong} into Go struct field {go_struct}.{name} of type {field_type}"
            )
    return given


def _string(value: Value) -> tuple[object, str, str]:
    return (value, "", "") if isinstance(value, str) else (None, kind(value), "string")


def _boolean(value: Value) -> tuple[object, str, str]:
    return (value, "", "") if isinstance(value, bool) else (None, kind(value), "bool")


def _int64(value: Value) -> tuple[object, str, str]:
    if not isinstance(value, Number):
        return None, kind(value), "int64"
    digits = value.literal.removeprefix("-")
    if not digits.isdigit() or len(digits) > 19 or int(value.literal) not in INT64:
        return None, f"number {value.literal}", "int64"
    return int(value.literal), "", ""


def _float32(value: Value) -> tuple[object, str, str]:
    if not isinstance(value, Number):
        return None, kind(value), "float32"
    try:
        return as_float32(float(value.literal)), "", ""
    except OverflowError:
        return None, f"number {value.literal}", "float32"


def _object(go_toxic: str) -> _Conversion:
    def convert(value: Value) -> tuple[object, str, str]:
        return (value, "", "") if isinstance(value, Object) else (None, kind(value), f"toxics.{go_toxic}")

    return convert


def _parsed(body: bytes) -> Value:
    try:
        return first_value(body)
    except JsonError as error:
        raise _unreadable(str(error)) from None


def _unreadable(what: str) -> ProxyError:
    return _bad(f"bad request body: {what}")


def _bad(text: str) -> ProxyError:
    return ProxyError(text, status=400)


# ── writing ──────────────────────────────────────────────────────────────────


def proxy_text(proxy: EmbeddedProxy) -> str:
    return encode(_proxy(proxy))


def proxies_text(proxies: Iterable[EmbeddedProxy]) -> str:
    return encode({proxy.name: _proxy(proxy) for proxy in proxies})


def populated(proxies: Iterable[EmbeddedProxy]) -> list[dict[str, object]] | None:
    return [_proxy(proxy) for proxy in proxies] or None


def toxic_text(toxic: InstalledToxic) -> str:
    return encode(_toxic(toxic))


def toxics_text(toxics: Iterable[InstalledToxic]) -> str:
    return encode([_toxic(toxic) for toxic in toxics])


def _proxy(proxy: EmbeddedProxy) -> dict[str, object]:
    return {
        "name": proxy.name,
        "listen": proxy.listen_text,
        "upstream": proxy.upstream_text,
        "enabled": proxy.enabled,
        "Logger": {},  # Toxiproxy has shown its logger here since 2.5, by mistake; clients have seen it ever since
        "toxics": [_toxic(toxic) for toxic in proxy.toxics],
    }


def _toxic(installed: InstalledToxic) -> dict[str, object]:
    return {
        "attributes": installed.toxic.attributes(),
        "name": installed.name,
        "type": installed.toxic.type,
        "stream": installed.written_stream,
        "toxicity": installed.toxicity,
    }
