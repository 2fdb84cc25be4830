"""Configure on /v1/listen: keyterms and features changed while a stream is running."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_servers.deepgram.client_texts import Misunderstood
from mock_servers.deepgram.listen_query import KEYTERM_TOKENS_MAX, ListenQuery, keyterm_tokens
from mock_servers.deepgram.listen_v1_messages import configure_failure, configure_success

__all__ = ["Keyterms"]


class Keyterms:
    """The keyterms of one connection."""

    def __init__(self, query: ListenQuery, request_id: str) -> None:
        self._takes_any = query.model.arch == "nova-3"
        self._request_id = request_id

    def configured(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a Configure with these fields; keyterms that are not given, or null, stay as they are.

        Raises:
            Misunderstood: A field is of another type.
        """
        terms, features = fields.get("keyterms"), fields.get("features")
        if terms is not None and not (isinstance(terms, list) and all(isinstance(term, str) for term in terms)):
            raise Misunderstood("invalid type for `keyterms`, expected a sequence of strings")
        if features is not None and not (
            isinstance(features, dict) and all(isinstance(on, bool) for on in features.values())
        ):
            raise Misunderstood("invalid type for `features`, expected a map of booleans")
        if terms is None:
            return self.success()
        if not self._takes_any:
            return self.failure("CONFIGURE_KEYTERMS_NOT_SUPPORTED", "Keyterms need a Nova-3 model.")
        if keyterm_tokens(terms) > KEYTERM_TOKENS_MAX:
            return self.failure(
                "CONFIGURE_KEYTERM_LIMIT_EXCEEDED", f"Keyterms are limited to {KEYTERM_TOKENS_MAX} tokens in total."
            )
        return self.success(terms)

    def pending(self) -> dict[str, Any]:
        """The answer to a Configure that comes before the last one was answered."""
        return self.failure("CONFIGURE_ALREADY_PENDING", "Another Configure is still being applied.")

    def success(self, terms: list[str] | None = None) -> dict[str, Any]:
        return configure_success(request_id=self._request_id, keyterms=terms)

    def failure(
        self, code: str = "CONFIGURE_INTERNAL_ERROR", description: str = "The keyterms could not be changed."
    ) -> dict[str, Any]:
        return configure_failure(request_id=self._request_id, code=code, description=description)
