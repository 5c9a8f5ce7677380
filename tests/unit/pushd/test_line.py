"""Members side by side: whoever comes and goes, everybody is served once and nobody else is."""

from array import array

from hypothesis import given, settings
from hypothesis import strategies as st

from pushd.core.line import Line
from pushd.core.member import Member
from pushd.core.room import Room
from scoreline.domain.position import Position
from tests.unit.pushd.viewers import NAME, TOPIC, Viewer

moves = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 9)),
    st.tuples(st.just("remove"), st.integers(0, 9)),
    st.tuples(st.just("serve"), st.integers(1, 4)),
    st.tuples(st.just("begin"), st.just(0)),
)


@given(st.lists(moves, min_size=10, max_size=60), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_line_agrees_with_two_sets(steps, direct):
    written: list[int] = []

    def send(descriptors: array, start: int, stop: int, data: bytes) -> list[tuple[int, int]]:
        assert data == b"x"
        written.extend(descriptors[start:stop])
        return []

    room = Room(TOPIC, NAME)
    members = []
    for number in range(10):
        viewer = Viewer(number, number)
        viewer.session.write = lambda _data, number=number: written.append(number)
        members.append(Member(viewer.session, room, Position(0, 0)))
    line = Line(members[0].session.encoding, direct=direct)
    served, unserved = set(), set()
    for action, number in steps:
        if action == "add" and number not in served | unserved:
            line.add(members[number])
            served.add(number)
        elif action == "remove" and number in served | unserved:
            line.remove(members[number])
            served.discard(number)
            unserved.discard(number)
        elif action == "serve":
            written.clear()
            reached, broken = line.serve(number, b"x", send)
            assert (reached, broken) == (min(number, len(unserved)), 0)
            assert len(set(written)) == len(written) == reached
            assert set(written) <= unserved
            served |= set(written)
            unserved -= set(written)
        elif action == "begin":
            line.served = 0
            unserved, served = served | unserved, set()
        assert (len(line), line.served) == (len(served) + len(unserved), len(served))
        assert {member.session.descriptor for member in line.members[: line.served]} == served
        assert [member.place for member in line.members] == list(range(len(line)))
        assert all(member.line is line for member in line.members)
        if direct:
            assert list(line.descriptors) == [member.session.descriptor for member in line.members]
