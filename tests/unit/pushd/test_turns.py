"""Those whose input waits are served in turn."""

import asyncio

from pushd.turns import Turns


class Talker:
    """Says so many things, one a turn."""

    def __init__(self, name: str, turns: Turns, things: int, said: list[str]) -> None:
        self.name, self.turns, self.things, self.said = name, turns, things, said
        self.aborted = False

    def take_turn(self) -> None:
        if self.things < 0:
            raise RuntimeError("broken")
        self.said.append(self.name)
        self.things -= 1
        if self.things:
            self.turns.ask(self)

    def abort(self) -> None:
        self.aborted = True


async def until(said: list[str], count: int) -> None:
    async with asyncio.timeout(5):
        while len(said) < count:
            await asyncio.sleep(0)


async def test_nobody_speaks_twice_before_the_others_have_spoken():
    turns, said = Turns(), []
    for name, things in (("a", 3), ("b", 1), ("c", 2)):
        turns.ask(Talker(name, turns, things, said))
    await until(said, 6)
    assert "".join(said) == "abcaca"


async def test_the_loop_goes_on_when_the_time_of_a_turn_is_up():
    times = iter(range(1000))
    turns, said = Turns(clock=lambda: next(times)), []
    turns.ask(Talker("a", turns, 5, said))
    for turn in range(1, 4):
        await asyncio.sleep(0)
        assert len(said) == turn


async def test_one_that_fails_is_ended_and_one_that_left_is_not_served():
    turns, said = Turns(), []
    broken, gone, other = (
        Talker("x", turns, -1, said),
        Talker("y", turns, 1, said),
        Talker("z", turns, 1, said),
    )
    for each in (broken, gone, other):
        turns.ask(each)
    turns.forget(gone)
    await until(said, 1)
    assert said == ["z"]
    assert broken.aborted
