"""Toxiproxy's HTTP API over the embedded server: which request does what, and the answer to it."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import quote, unquote_to_bytes

from harness.faults import wire
from harness.faults.embedded import EmbeddedServer, PopulateError
from harness.faults.go_json import encode
from harness.faults.proxy import ProxyError

__all__ = ["Answer", "Request", "answer", "plain"]

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    target: str
    user_agent: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`routed`: whether the request met a route; such answers carry a request id."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    routed: bool = True


_Handler = Callable[[EmbeddedServer, Request, tuple[str, ...]], Awaitable[Answer]]


async def answer(server: EmbeddedServer, request: Request) -> Answer:
    """What Toxiproxy would answer, after doing what was asked."""
    path, question, query = request.target.partition("?")
    if "://" in path:  # the absolute form, which is for proxies, is understood by every server
        path = "/" + path.partition("://")[2].partition("/")[2]
    decoded = _decoded(path)
    if decoded is None or not decoded.startswith("/"):
        return plain(HTTPStatus.BAD_REQUEST, "400 Bad Request")
    if (clean := _clean(decoded)) != decoded:
        location = quote(clean, safe="/:@!$&'()*+,;=~") + question + query
        return Answer(status=301, headers=(("Location", location),), routed=False)
    found = _route(decoded)
    if found is None:
        return _unrouted(404, "404 page not found\n")
    handlers, names = found
    if request.method not in handlers:
        return Answer(status=405, routed=False)
    if request.user_agent.startswith("Mozilla/"):
        # A page in a browser must not drive the proxy behind its user's back.
        return _text(403, "User agent not allowed\n")
    try:
        return await handlers[request.method](server, request, names)
    except ProxyError as error:
        return _error(error)


def plain(status: int, text: str) -> Answer:
    """An answer to something that was no request to speak of; the connection closes after it."""
    headers = (("Content-Type", TEXT), ("Connection", "close"))
    return Answer(status=status, headers=headers, body=text.encode(), routed=False)


# ── what each route does ─────────────────────────────────────────────────────


async def _version(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    body = f'{{"version": "{server.version}"}}\n'
    return Answer(status=200, headers=(("Content-Type", "application/json;charset=utf-8"),), body=body.encode())


async def _list_proxies(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    return _json(200, wire.proxies_text(server.proxies))


async def _create_proxy(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    return _json(201, wire.proxy_text(await server.add(wire.plan(request.body))))


async def _populate(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    try:
        done = await server.populate(wire.plans(request.body) or ())
    except PopulateError as error:
        return _populate_error(error, wire.populated(error.done))
    except ProxyError as error:
        return _populate_error(error, None)
    return _json(201, encode({"proxies": wire.populated(done)}))


async def _show_proxy(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    return _json(200, wire.proxy_text(server.proxy(names[0])))


async def _update_proxy(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    proxy = server.proxy(names[0])
    change = wire.proxy_change(request.body)
    await proxy.update(listen=change.listen, upstream=change.upstream, enabled=change.enabled)
    return _json(200, wire.proxy_text(proxy))


async def _delete_proxy(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    await server.proxy(names[0]).destroy()
    return Answer(status=204)


async def _list_toxics(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    return _json(200, wire.toxics_text(server.proxy(names[0]).toxics))


async def _create_toxic(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    proxy = server.proxy(names[0])
    wanted = wire.toxic_wanted(request.body)
    toxic = proxy.install(
        wanted.name, wanted.stream, wanted.toxic, wanted.toxicity, written_stream=wanted.written_stream
    )
    return _json(200, wire.toxic_text(toxic))


async def _show_toxic(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    return _json(200, wire.toxic_text(server.proxy(names[0]).toxic(names[1])))


async def _update_toxic(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    proxy = server.proxy(names[0])
    change = wire.toxic_change(request.body, proxy.toxic(names[1]).toxic)
    return _json(200, wire.toxic_text(proxy.alter(names[1], change.attributes, change.toxicity)))


async def _delete_toxic(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    server.proxy(names[0]).uninstall(names[1])
    return Answer(status=204)


async def _reset(server: EmbeddedServer, request: Request, names: tuple[str, ...]) -> Answer:
    await server.reset()
    return Answer(status=204)


# A star stands for a name. POST on what exists is Toxiproxy's older way to say PATCH.
_ROUTES: tuple[tuple[tuple[str, ...], Mapping[str, _Handler]], ...] = (
    (("version",), {"GET": _version}),
    (("proxies",), {"GET": _list_proxies, "POST": _create_proxy}),
    (("populate",), {"POST": _populate}),
    (("reset",), {"POST": _reset}),
    (
        ("proxies", "*"),
        {"GET": _show_proxy, "POST": _update_proxy, "PATCH": _update_proxy, "DELETE": _delete_proxy},
    ),
    (("proxies", "*", "toxics"), {"GET": _list_toxics, "POST": _create_toxic}),
    (
        ("proxies", "*", "toxics", "*"),
        {"GET": _show_toxic, "POST": _update_toxic, "PATCH": _update_toxic, "DELETE": _delete_toxic},
    ),
)


def _route(path: str) -> tuple[Mapping[str, _Handler], tuple[str, ...]] | None:
    parts = path.split("/")[1:]
    for pattern, handlers in _ROUTES:
        if len(pattern) == len(parts) and all(
            part == wanted or (wanted == "*" and part) for wanted, part in zip(pattern, parts, strict=True)
        ):
            return handlers, tuple(part for wanted, part in zip(pattern, parts, strict=True) if wanted == "*")
    return None


def _decoded(path: str) -> str | None:
    """The path without its percent signs; None if one of them is followed by no number."""
    for piece in path.split("%")[1:]:
        if len(piece) < 2 or not all(char in "0123456789abcdefABCDEF" for char in piece[:2]):
            return None
    return unquote_to_bytes(path).decode("utf-8", "replace")


def _clean(path: str) -> str:
    """The path without `//`, `.` and `..`; a slash at its end stays."""
    clean = "/" + posixpath.normpath(path).lstrip("/")
    return clean + "/" if path.endswith("/") and clean != "/" else clean


# ── answers ──────────────────────────────────────────────────────────────────


def _json(status: int, text: str) -> Answer:
    return Answer(status=status, headers=(("Content-Type", JSON),), body=text.encode())


def _text(status: int, text: str) -> Answer:
    headers = (("Content-Type", TEXT), ("X-Content-Type-Options", "nosniff"))
    return Answer(status=status, headers=headers, body=text.encode())


def _unrouted(status: int, text: str) -> Answer:
    return replace(_text(status, text), routed=False)


def _error(error: ProxyError) -> Answer:
    # JSON that says it is text: so does Toxiproxy.
    return _text(error.status, encode({"error": error.text, "status": error.status}) + "\n")


def _populate_error(error: ProxyError, done: list[dict[str, object]] | None) -> Answer:
    return _json(error.status, encode({"error": error.text, "status": error.status, "proxies": done}))
