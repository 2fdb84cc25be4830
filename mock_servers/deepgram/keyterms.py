"""Configure: keyterms changed while a stream is running."""

from __future__ import annotations

from typing import Any

from mock_servers.deepgram import messages
from mock_servers.deepgram.listen_query import KEYTERM_TOKENS_MAX, ListenQuery

__all__ = ["Keyterms"]


class Keyterms:
    """The keyterms of one connection."""

    def __init__(self, query: ListenQuery, request_id: str) -> None:
        self._takes_any = query.model.arch == "nova-3"
        self._terms = query.keyterms
        self._request_id = request_id

    def configured(self, terms: object) -> dict[str, Any]:
        """The answer to Configure with these `keyterms`; None leaves them as they are.

        Raises:
            messages.Misunderstood: They are no list of texts.
        """
        if terms is None:
            return self.success()
        if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
            raise messages.Misunderstood("invalid type for `keyterms`, expected a sequence of strings")
        if not self._takes_any:
            return self.failure("CONFIGURE_KEYTERMS_NOT_SUPPORTED", "Keyterms need a Nova-3 model.")
        if sum(len(term.split()) for term in terms) > KEYTERM_TOKENS_MAX:
            return self.failure(
                "CONFIGURE_KEYTERM_LIMIT_EXCEEDED", f"Keyterms are limited to {KEYTERM_TOKENS_MAX} tokens in total."
            )
        self._terms = tuple(terms)
        return self.success()

    def success(self) -> dict[str, Any]:
        return messages.configure_success(request_id=self._request_id, keyterms=self._terms)

    def failure(
        self, code: str = "CONFIGURE_INTERNAL_ERROR", description: str = "The keyterms could not be changed."
    ) -> dict[str, Any]:
        return messages.configure_failure(request_id=self._request_id, code=code, description=description)
