"""Whether a vendor can have a trouble at all, said before anything is done."""

from __future__ import annotations

import difflib
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from websockets.exceptions import ProtocolError
from websockets.frames import Close

from mock_servers.base.http import check_head
from mock_servers.base.protocol import Discerning, Keyed, Vendor
from mock_servers.base.trouble import (
    IN_SESSION,
    BadCertificate,
    CloseConnection,
    DelayPongs,
    Duplicate,
    ExpireKeys,
    Garble,
    RefuseUpgrade,
    Reject,
    SendMessage,
    Stall,
    Trouble,
    Unsupported,
    Withhold,
)

if TYPE_CHECKING:
    from mock_servers.base.tls import Certificates

__all__ = ["check", "check_tls"]


def check(trouble: Trouble, vendor: Vendor, *, times: int | None) -> None:
    """Do nothing if this vendor's server can make this trouble.

    Raises:
        Unsupported: If this vendor does not know it; the message says what it knows.
        ValueError: If nobody can do it: a close code that cannot be sent, a status that is none.
    """
    if times is not None and times < 1:
        raise ValueError(f"times must be at least 1, not {times}; leave it out for a trouble without an end")
    match trouble:
        case RefuseUpgrade():
            check_head(trouble.status, trouble.headers.items())
        case CloseConnection(code=int() as code):
            _check_close_code(code)
        case DelayPongs() if not trouble.delay_s >= 0:
            raise ValueError(f"delay_s must be at least 0, not {trouble.delay_s}")
        case ExpireKeys() if not isinstance(vendor, Keyed):
            raise Unsupported(f"{vendor.name} knows no keys that could expire")
        case Withhold() | Garble() | Duplicate():
            _check_name(trouble.name, vendor.catalogue.server, f"{vendor.name}'s server sends")
        case SendMessage(message=str() as name):
            _check_name(name, vendor.catalogue.server, f"{vendor.name}'s server sends")
        case Reject():
            _check_name(trouble.name, vendor.catalogue.client, f"{vendor.name}'s clients send")
        case _:
            pass
    if isinstance(trouble, IN_SESSION) and isinstance(vendor, Discerning):
        vendor.check(trouble)


def check_tls(trouble: Trouble, tls: Certificates | ssl.SSLContext | None) -> None:
    """Do nothing if a server with this TLS can make this trouble.

    Raises:
        Unsupported: If it is one of TLS, and the server speaks none, or has no authority to make certificates with.
    """
    match trouble:
        case BadCertificate() if tls is None or isinstance(tls, ssl.SSLContext):
            raise Unsupported("this server has no certificates of its own to make a bad one from: serve it with --tls")
        case Stall(phase="tls") if tls is None:
            raise Unsupported("this server speaks no TLS that could stall: serve it with --tls, or stall 'tcp'")


def _check_close_code(code: int) -> None:
    try:
        Close(code, "").check()
    except (ProtocolError, ValueError, OverflowError) as wrong:
        raise ValueError(
            f"no close frame can carry the code {code}: 1000 to 1003, 1007 to 1014 and 3000 to 4999 can; "
            "None closes without a status (1005), and a reset ends without a close frame (1006)"
        ) from wrong


def _check_name(name: str, known: Iterable[Any], who: str) -> None:
    names = sorted(known)
    if name in names:
        return
    nearest = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; it knows {', '.join(names)}"
    raise Unsupported(f"{who} no message {name!r}{hint}")
