"""The retired beta of the API: a rim around the same session, which renames and reshapes what goes in and out.

Sources: openai 1.99.9, types/beta/realtime/; raw logs of two beta sessions of 2025; openai-realtime-console#62. It was
switched off in May 2026, so a mock serves it only where its settings say so.
"""

from __future__ import annotations

from mock_servers.openai_realtime.beta.catalogue import BETA_CATALOGUE
from mock_servers.openai_realtime.beta.examples import beta_example
from mock_servers.openai_realtime.beta.rest import beta_rest
from mock_servers.openai_realtime.beta.session import BetaSession

__all__ = ["BETA_CATALOGUE", "BetaSession", "beta_example", "beta_rest"]
