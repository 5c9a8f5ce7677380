"""How many bytes of request bodies may stand in memory at a time, and who gives way [A1].

A body is read before its signature can be checked, so anybody who knows a provider's name can open bodies
in that name. A count of seats would let a few that never end keep the provider itself waiting; so bytes are
counted, and where they don't suffice the oldest body that is not proven genuine gives way.
"""

from collections.abc import Callable

LEAST_CHARGE = 16 << 10
"""What an open body costs even when it holds nothing: a connection is not free either."""


class OpenBody:
    """One body on its way in."""

    def __init__(self, room: "BodyRoom", give_way: Callable[[], None]) -> None:
        self._room, self.give_way = room, give_way
        self.charge = 0
        self.gave_way = False

    def grow(self, held_bytes: int) -> None:
        """Account for all that the body holds by now; somebody may have to give way, this one included."""
        self._room.charge(self, max(LEAST_CHARGE, held_bytes))

    def prove(self) -> None:
        """From now on it is genuine and gives way to nobody."""
        self._room.prove(self)

    def leave(self) -> None:
        """It is done with."""
        self._room.leave(self)


class BodyRoom:
    """The bytes that the bodies of one provider may hold together."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held_bytes = 0
        self._unproven: dict[OpenBody, None] = {}

    def enter(self, give_way: Callable[[], None]) -> OpenBody:
        """Open a body, which counts from its first `grow`; `give_way` is called, once, when it has to go."""
        body = OpenBody(self, give_way)
        self._unproven[body] = None
        return body

    def charge(self, body: OpenBody, charge: int) -> None:
        """Let `body` hold `charge` bytes, at the cost of the oldest."""
        if body.gave_way:
            return
        self._held_bytes += charge - body.charge
        body.charge = charge
        while self._held_bytes > self._most_bytes and self._unproven:
            oldest = next(iter(self._unproven))
            self.leave(oldest)
            oldest.gave_way = True
            oldest.give_way()

    def prove(self, body: OpenBody) -> None:
        """Take `body` out of the order of giving way."""
        self._unproven.pop(body, None)

    def leave(self, body: OpenBody) -> None:
        """Give back what `body` holds."""
        self._unproven.pop(body, None)
        self._held_bytes -= body.charge
        body.charge = 0
