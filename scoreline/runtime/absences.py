"""What was asked for and is not there, believed for a short while, so that nonsense costs few look-ups."""

from collections import OrderedDict
from collections.abc import Callable


class Absences:
    """Names that were not found; the ones asked for longest ago make room for others."""

    def __init__(self, believed_s: float, most: int, now_s: Callable[[], float]) -> None:
        self._believed_s, self._most, self._now_s = believed_s, most, now_s
        self._until_s: OrderedDict[str, float] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        until_s = self._until_s.get(name)
        return until_s is not None and self._now_s() < until_s

    def add(self, name: str) -> None:
        """Believe for a while that there is no such name."""
        self._until_s[name] = self._now_s() + self._believed_s
        self._until_s.move_to_end(name)
        if len(self._until_s) > self._most:
            self._until_s.popitem(last=False)

    def discard(self, name: str) -> None:
        """Take note that the name is there after all."""
        self._until_s.pop(name, None)
