"""What asyncio offers and virtual time does not, each refused with its reason."""

from __future__ import annotations

from typing import Any, NoReturn

from harness.engines.errors import NotSimulated

__all__ = ["Refusals"]

_REAL = "run with '--clock real'."


class Refusals:
    """Put before asyncio's loop in the order of bases."""

    async def create_datagram_endpoint(self, *args: Any, **rest: Any) -> NoReturn:
        raise NotSimulated(f"the virtual network carries TCP and no UDP: {_REAL}")

    async def create_unix_connection(self, *args: Any, **rest: Any) -> NoReturn:
        raise NotSimulated(f"a Unix socket leads to the real machine: use TCP on 127.0.0.1, or {_REAL}")

    async def create_unix_server(self, *args: Any, **rest: Any) -> NoReturn:
        raise NotSimulated(f"a Unix socket leads to the real machine: use TCP on 127.0.0.1, or {_REAL}")

    async def connect_read_pipe(self, *args: Any, **rest: Any) -> NoReturn:
        raise NotSimulated(f"a pipe leads to the real machine, where virtual time does not pass: {_REAL}")

    async def connect_write_pipe(self, *args: Any, **rest: Any) -> NoReturn:
        raise NotSimulated(f"a pipe leads to the real machine, where virtual time does not pass: {_REAL}")

    async def subprocess_exec(self, *args: Any, **rest: Any) -> NoReturn:
        raise NotSimulated(f"another process lives on the real clock: {_REAL}")

    async def subprocess_shell(self, *args: Any, **rest: Any) -> NoReturn:
        raise NotSimulated(f"another process lives on the real clock: {_REAL}")

    def add_signal_handler(self, *args: Any) -> NoReturn:
        raise NotSimulated(
            f"a signal comes at a moment that no seed decides; Ctrl-C works without a handler, else {_REAL}"
        )

    def remove_signal_handler(self, sig: int) -> bool:
        return False
