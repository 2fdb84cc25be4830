"""Values of Python as a scenario file would have them."""

from __future__ import annotations

import json
from typing import Any

from harness.errors import DeadairError

__all__ = ["written"]


def written(values: Any) -> bytes:
    """As YAML; JSON is some.

    Raises:
        DeadairError: If there is something in it that no file can hold.
    """
    try:
        return json.dumps(values, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise DeadairError(f"a text of these values is no Unicode: {error.reason}") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise DeadairError(
            f"these values cannot stand in a scenario, which has texts, numbers, lists and mappings: {error}"
        ) from None
