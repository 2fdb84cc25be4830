"""How an upgrade is refused: status, Retry-After in each of its forms, and a body."""

from __future__ import annotations

import json
import math
from email.utils import formatdate
from http import HTTPStatus

from mock_servers.base.protocol import Answer, Chunk, Refusing, Vendor
from mock_servers.base.trouble import RefuseUpgrade

__all__ = ["plain_answer", "refusal"]


def refusal(trouble: RefuseUpgrade, vendor: Vendor, *, unix_s: float) -> Answer:
    """The answer to an upgrade that is refused on purpose; `unix_s` is the date now, for an HTTP date."""
    vendors_own = vendor.error_answer(trouble.status) if isinstance(vendor, Refusing) else plain_answer(trouble.status)
    headers, body = vendors_own.headers, vendors_own.body
    if trouble.body is not None:
        headers = tuple(pair for pair in headers if pair[0].lower() != "content-type")
        is_text = isinstance(trouble.body, str)
        headers += (("content-type", "text/plain; charset=utf-8" if is_text else "application/json"),)
        body = (Chunk(data=(trouble.body if is_text else json.dumps(trouble.body)).encode()),)
    replaced = {name.lower() for name in trouble.headers}
    headers = tuple(pair for pair in headers if pair[0].lower() not in replaced)
    headers += _retry_after(trouble, unix_s) + tuple(trouble.headers.items())
    return Answer(status=trouble.status, headers=headers, body=body)


def plain_answer(status: int, message: str = "") -> Answer:
    """An error that belongs to no vendor: `{"error": {"code": …, "message": …}}`."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unassigned"
    body = json.dumps({"error": {"code": status, "message": message or phrase}}).encode()
    return Answer(status=status, headers=(("content-type", "application/json"),), body=(Chunk(data=body),))


def _retry_after(trouble: RefuseUpgrade, unix_s: float) -> tuple[tuple[str, str], ...]:
    wait_s = trouble.retry_after_s
    if wait_s is None:
        return ()
    match trouble.form:
        case "header-seconds":
            return (("retry-after", f"{wait_s:g}"),)
        case "header-date":
            # A date has whole seconds. It is rounded up, or who obeys it to the letter would come too early.
            return (("retry-after", formatdate(math.ceil(unix_s + wait_s), usegmt=True)),)
        case "header-ms":
            return (("retry-after-ms", f"{wait_s * 1000:g}"),)
        case "none":
            return ()
