"""The troubles that were ordered: which connections each concerns, how often it has hit, whether it is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from mock_servers.base.trouble import Trouble

__all__ = ["Order", "Orders", "Scope"]

Scope = Literal["live", "next", "all"] | int

T = TypeVar("T", bound=Trouble)


@dataclass(slots=True, kw_only=True, eq=False)
class Order:
    """One trouble, from its order to its end.

    `live_then` are the connections that were upgraded and open when it was ordered: the others are still to come, also
    those whose TCP connection stands already. `struck` are the connections that it was done to, in order.
    """

    number: int
    trouble: Trouble
    scope: Scope
    live_then: tuple[int, ...] = ()
    times: int | None = None
    hits: int = 0
    lifted: bool = False
    struck: list[int] = field(default_factory=list)

    @property
    def in_force(self) -> bool:
        return not self.lifted and (self.times is None or self.hits < self.times)

    def concerns(self, connection: int) -> bool:
        match self.scope:
            case "all":
                return True
            case "live":
                return connection in self.live_then
            case "next":
                return connection not in self.live_then
            case number:
                return connection == number

    def strikes(self, connection: int) -> None:
        """It is done to this connection, which counts as a hit."""
        self.hits += 1
        self.struck.append(connection)


class Orders:
    """All troubles of a server, in the order in which they were ordered."""

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._ordered = 0

    def add(self, trouble: Trouble, *, scope: Scope, times: int | None, live: tuple[int, ...]) -> Order:
        self._ordered += 1
        order = Order(number=self._ordered, trouble=trouble, scope=scope, times=times, live_then=live)
        self._orders[order.number] = order
        return order

    def __bool__(self) -> bool:
        """Whether there is any. Asked for each message, where there is hardly ever one."""
        return bool(self._orders)

    def __iter__(self) -> Iterator[Order]:
        return iter(tuple(self._orders.values()))

    def __getitem__(self, number: int) -> Order:
        return self._orders[number]

    def drop(self, order: Order) -> None:
        self._orders.pop(order.number, None)

    def on(self, connection: int, *kinds: type[Trouble]) -> Iterator[Order]:
        """The orders of these kinds that concern this connection and are in force."""
        return self._on(connection, kinds) if self._orders else iter(())

    def _on(self, connection: int, kinds: tuple[type[Trouble], ...]) -> Iterator[Order]:
        for order in self:
            if order.in_force and order.concerns(connection) and isinstance(order.trouble, kinds):
                yield order

    def first(self, connection: int, kind: type[T], **fields: object) -> tuple[Order, T] | None:
        """The first order of this kind whose trouble has these values, with its trouble; None if there is none."""
        for order in self.on(connection, kind):
            trouble = order.trouble
            assert isinstance(trouble, kind)
            if all(getattr(trouble, name) == value for name, value in fields.items()):
                return order, trouble
        return None
