"""The oldest body that nobody has proven gives way; what is proven stays."""

from hypothesis import given
from hypothesis import strategies as st

from ingestd.core.body_room import LEAST_CHARGE, BodyRoom, OpenBody


def entered(room: BodyRoom, gone: list[str], name: str, held_bytes: int = 0) -> OpenBody:
    body = room.enter(lambda: gone.append(name))
    body.grow(held_bytes)
    return body


def test_the_oldest_gives_way_to_the_newest():
    room, gone = BodyRoom(3 * LEAST_CHARGE), []
    for name in "abcd":
        entered(room, gone, name)
    assert gone == ["a"]


def test_a_body_that_grows_drives_out_the_older_ones_first():
    room, gone = BodyRoom(4 * LEAST_CHARGE), []
    entered(room, gone, "a")
    entered(room, gone, "b").grow(4 * LEAST_CHARGE)
    assert gone == ["a"]
    entered(room, gone, "c")
    assert gone == ["a", "b"]


def test_what_is_proven_gives_way_to_nobody():
    room, gone = BodyRoom(2 * LEAST_CHARGE), []
    genuine = entered(room, gone, "genuine", 2 * LEAST_CHARGE)
    genuine.prove()
    late = entered(room, gone, "late")
    assert gone == ["late"]
    assert late.gave_way
    genuine.leave()
    entered(room, gone, "next")
    assert gone == ["late"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["enter", "grow", "prove", "leave"]), st.integers(0, 7), st.integers(0, 99)
        ),
        max_size=60,
    )
)
def test_whatever_happens_unproven_bodies_stay_within_the_limit(steps: list[tuple[str, int, int]]):
    most = 5 * LEAST_CHARGE
    room, bodies, proven = BodyRoom(most), [], set()
    for step, index, size in steps:
        if step == "enter":
            bodies.append(entered(room, [], ""))
        elif bodies:
            body = bodies[index % len(bodies)]
            if step == "grow" and body not in proven:
                body.grow(size * 1024)
            elif step == "prove" and not body.gave_way:
                body.prove()
                proven.add(body)
            elif step == "leave":
                body.leave()
                bodies.remove(body)
        unproven = sum(body.charge for body in bodies if body not in proven)
        assert unproven <= most
        assert not any(body.gave_way for body in proven)
    for body in bodies:
        body.leave()
    last = entered(room, [], "", most)
    assert not last.gave_way
