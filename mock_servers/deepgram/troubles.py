"""The troubles that Deepgram has in words of its own, and those of a connection that reach beyond it."""

from __future__ import annotations

from collections import Counter

from mock_servers.base.trouble import FailResponse, ProviderError, Quota, RateLimited, Reject, Trouble, Unsupported
from mock_servers.deepgram.account import Account
from mock_servers.deepgram.errors import Refusal, refusal_of

__all__ = [
    "GENERATE",
    "GRANT",
    "LISTEN",
    "SPEAK",
    "NET0000",
    "NET0001",
    "PROVIDER_ERRORS",
    "REST_CALLS",
    "Troubles",
    "check",
    "error_code",
]

NET0000 = "Deepgram did not provide a response message within the timeout window. See https://dpgr.am/net0000"
NET0001 = "Deepgram did not receive audio data or a text message within the timeout window. See https://dpgr.am/net0001"
"""Close reasons, word for word: deepgram/deepgram-python-sdk#509 and a public capture of 2026-08-25. They do not begin
with the names that the documentation gives them."""

PROVIDER_ERRORS = ("net0000", "net0001", "data0000", "schemaerror")
GENERATE = "generateContent"
SPEAK = "speak"
LISTEN = "listen"
GRANT = "grant"
REST_CALLS = (GENERATE, SPEAK, LISTEN, GRANT)
"""What is asked for by HTTP, by the names that observers are told."""

_FAILURES = {"server_error": 503, "rate_limit_exceeded": 429, "insufficient_quota": 402}


def check(trouble: Trouble, *, client_names: frozenset[str]) -> None:
    """Do nothing if Deepgram has this trouble.

    Raises:
        Unsupported: If it has not; the message says what to take instead.
    """
    match trouble:
        case ProviderError(code=code) if error_code(code) not in PROVIDER_ERRORS:
            raise Unsupported(
                f"Deepgram has no error '{code}' in a session. It has net0000, net0001, DATA-0000 and SchemaError."
            )
        case FailResponse(code=code):
            _failure(code)
        case Reject(name=name) if name not in client_names:
            raise Unsupported(f"Deepgram's clients send no '{name}'. They send {', '.join(sorted(client_names))}.")
        case ProviderError() | Reject() | RateLimited() | Quota():
            pass
        case _:
            raise Unsupported(
                f"Deepgram has no {type(trouble).__name__}: it warns of no end, caps no session and resumes none. It has "
                "ProviderError (net0000, net0001, DATA-0000, SchemaError), RateLimited, Quota, FailResponse and Reject."
            )


def error_code(code: str) -> str:
    """`NET-0001`, as the documentation has it, and `net0001`, as the close reason has it, are one code."""
    return code.lower().replace("-", "")


class Troubles:
    """What was ordered for one connection and is not carried out on it alone.

    Deepgram says `too many requests` and `no credit` to upgrades and REST calls, never inside a session; so these turn
    the next ones away, and the connection itself lives on. A response that fails is that of a REST call.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._rejected: Counter[str] = Counter()

    def begin(self, trouble: Trouble, now_s: float) -> None:
        match trouble:
            case RateLimited(retry_after_s=for_s):
                self._account.limit(now_s, for_s)
            case Quota():
                self._account.use_up_credit()
            case FailResponse(code=code):
                self._account.fail_next(*_failure(code))
            case Reject(name=name):
                self._rejected[name] += 1
                if name in REST_CALLS:
                    self._account.reject(name)

    def end(self, trouble: Trouble) -> None:
        match trouble:
            case RateLimited():
                self._account.unlimit()
            case Quota():
                self._account.refill_credit()
            case FailResponse():
                self._account.fail_no_more()
            case Reject(name=name) if self._rejected[name]:
                self._rejected[name] -= 1
                if name in REST_CALLS:
                    self._account.reject_no_more(name)

    def rejects(self, name: str) -> bool:
        return self._rejected[name] > 0

    def closed(self) -> None:
        """The connection is gone, and with it what it rejected; no credit comes back by that."""
        for name in REST_CALLS:
            while self.rejects(name):
                self.end(Reject(name=name))


def _failure(code: str) -> tuple[str, Refusal]:
    """`503`, `speak:503`, `generateContent:server_error`: which call fails, and how.

    Raises:
        Unsupported: If it says neither.
    """
    call, _, how = code.rpartition(":")
    status = _FAILURES.get(how) or (int(how) if how.isascii() and how.isdigit() and len(how) == 3 else 0)
    if call not in ("", *REST_CALLS) or not 400 <= status <= 599:
        raise Unsupported(
            f"'{code}' is no failure of Deepgram's REST calls. Write an HTTP status from 400 to 599 or one of "
            f"{', '.join(_FAILURES)}, with the call before it if only that is meant: speak:503."
        )
    return call, refusal_of(status)
