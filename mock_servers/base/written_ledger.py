"""The ledger in JSON, as the control port gives it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mock_servers.base.ledger import Account, Ledger
from mock_servers.base.protocol import Cursors

__all__ = ["written_account", "written_ledger"]


def written_ledger(ledger: Ledger, *, session: str | None = None) -> dict[str, Any]:
    """Every connection without its messages; only those that are linked by the word `session`, if it is given."""
    accounts = tuple(ledger) if session is None else ledger.linked(session)
    return {
        "connections": [_summary(account, ledger.cursors(account.connection)) for account in accounts],
        "forgotten": ledger.forgotten,
    }


def written_account(account: Account, cursors: Cursors) -> dict[str, Any]:
    """One connection with its messages, as far as they are kept."""
    messages = [asdict(entry) for entry in account.messages]
    return {**_summary(account, cursors), "messages": messages, "left_out": account.left_out}


def _summary(account: Account, cursors: Cursors) -> dict[str, Any]:
    return {
        "connection": account.connection,
        "at_s": account.at_s,
        "path": account.path,
        "query": account.query,
        "headers": account.headers,
        "links": account.links,
        "refused": account.refused,
        "ready_at_s": account.ready_at_s,
        "ending": asdict(account.ending) if account.ending is not None else None,
        "counted": dict(account.counted),
        "size_bytes": {side: account.size_bytes[side] for side in ("client", "server")},
        "audio_s": dict(account.audio_s),
        "caller": asdict(cursors),
    }
