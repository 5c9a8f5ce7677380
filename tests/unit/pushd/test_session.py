"""What a client's frames ask for."""

import pytest

from pushd.core.room import Room
from pushd.core.session import DEGRADED, RESTORED, Answer, Follow, Session, Unfollow, unknown_topic
from scoreline.domain.position import Position
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import ClientFrame, Hello, Notice, Pong, ServerFrame
from tests.unit.pushd.viewers import NAME, TOPIC, Source, Viewer


def subscribe(name: str, position: Position | None = None) -> ClientFrame:
    frame = ClientFrame()
    frame.subscribe.topic = name
    if position is not None:
        frame.subscribe.position.epoch, frame.subscribe.position.version = position
    return frame


def error_of(session: Session, frame: ClientFrame):
    (answer,) = session.receive(frame)
    assert isinstance(answer, Answer)
    return answer.frame.error


def test_a_subscribe_follows_from_the_position_that_the_client_has():
    session = Viewer().session
    assert session.receive(subscribe("game/g1")) == [Follow("game/g1", None)]
    assert session.receive(subscribe("game/g1", Position(3, 4))) == [Follow("game/g1", Position(3, 4))]
    assert session.receive(subscribe("game/g1", Position(0, 0))) == [Follow("game/g1", Position(0, 0))]


@pytest.mark.parametrize("name", ["", "game", "game/", "game/a b", "game/../x", "room/1", "game/" + "x" * 65])
def test_what_names_no_game_is_an_unknown_topic(name):
    error = error_of(Viewer().session, subscribe(name))
    assert error.reason == ErrorReason.ERROR_REASON_UNKNOWN_TOPIC
    assert (error.field, error.topic, error.retry_after_ms) == ("topic", name[:80], 0)


def test_a_game_that_is_not_registered_yet_may_be_tried_again():
    assert unknown_topic("game/g1").frame.error.retry_after_ms > 0


def test_the_limit_counts_topics_that_are_followed_and_that_are_being_opened():
    session = Session("s", Viewer().session.encoding, lambda _: None, 2)
    room = Room(TOPIC, NAME)
    Source(room).load()
    room.admit(session, None)
    session.wait_for("game/g2")
    error = error_of(session, subscribe("game/g3"))
    assert error.reason == ErrorReason.ERROR_REASON_TOO_MANY_SUBSCRIPTIONS
    assert "2 topics" in error.message
    # To ask again for what is followed is no further topic.
    assert session.receive(subscribe(NAME)) == [Follow(NAME, None)]
    assert session.receive(subscribe("game/g2")) == [Follow("game/g2", None)]


def test_an_unsubscribe_is_always_answered():
    frame = ClientFrame()
    frame.unsubscribe.topic = "game/g1"
    unfollow, answer = Viewer().session.receive(frame)
    assert unfollow == Unfollow("game/g1")
    assert isinstance(answer, Answer)
    assert answer.frame.unsubscribed.name == "game/g1"


def test_hello_names_the_client():
    session = Viewer().session
    assert session.receive(ClientFrame(hello=Hello(client="phone/1"))) == []
    assert session.client == "phone/1"
    error = error_of(session, ClientFrame(hello=Hello(client="x" * 65)))
    assert (error.reason, error.field) == (ErrorReason.ERROR_REASON_INVALID_FIELD, "client")


@pytest.mark.parametrize("frame", [ClientFrame(pong=Pong()), ClientFrame()])
def test_pongs_and_unknown_arms_ask_for_nothing(frame):
    assert Viewer().session.receive(frame) == []


def test_a_notice_waits_while_paused_and_only_the_last_one_is_told():
    viewer = Viewer()
    viewer.session.tell(DEGRADED)
    viewer.pause()
    viewer.session.tell(RESTORED)
    viewer.session.tell(DEGRADED)
    assert len(viewer.frames) == 1
    viewer.resume()
    assert [frame.notice.kind for frame in viewer.frames] == [Notice.NOTICE_KIND_DEGRADED] * 2


def test_a_slow_client_is_told_once_per_episode():
    room, other = Room(TOPIC, NAME), Room(TOPIC, "game/g2")
    source, second = Source(room), Source(other)
    viewer = Viewer()
    for each in source, second:
        each.load()
        each.room.admit(viewer.session, None)
    viewer.frames.clear()
    kinds: list[str] = []

    def write(data: bytes) -> None:
        kinds.append(ServerFrame.FromString(data).WhichOneof("frame"))
        if viewer.room_for is not None:
            viewer.session.pause()

    viewer.session.write = write
    for _ in range(2):
        viewer.pause()
        viewer.pause()
        assert not viewer.session.behind
        source.publish(1)
        second.publish(1)
        assert viewer.session.behind
        kinds.clear()
        viewer.resume(room_for=1)  # the notice, and no more
        assert kinds == ["notice"]
        viewer.resume(room_for=1)
        assert kinds == ["notice", "patch"]
        viewer.resume()
        assert kinds == ["notice", "patch", "patch"]
        assert not viewer.session.behind


def test_topics_that_are_being_opened_are_remembered_until_they_are():
    session = Viewer().session
    assert not session.waiting
    session.wait_no_more("game/g1")
    session.wait_for("game/g1")
    session.wait_for("game/g2")
    session.wait_no_more("game/g1")
    assert list(session.waiting) == ["game/g2"]
    session.wait_no_more("game/g2")
    assert not session.waiting


def test_a_trickle_feeds_all_topics_in_turn():
    rooms = [Room(TOPIC, f"game/g{number}") for number in range(3)]
    sources = [Source(room) for room in rooms]
    session = Viewer().session
    session.write = lambda _: None
    for source in sources:
        source.load()
        source.room.admit(session, None)

    def one(data: bytes) -> None:
        if ServerFrame.FromString(data).HasField("patch"):
            session.pause()

    session.write = one
    session.pause()
    served = []
    for home in range(6):
        for source in sources:
            source.publish(home)
        before = {name: member.version for name, member in session.members.items()}
        session.drain()
        served += [name for name, member in session.members.items() if member.version != before[name]]
    assert sorted(served) == sorted([room.name for room in rooms] * 2)


def test_an_answer_is_for_one_session():
    viewer = Viewer()
    viewer.session.answer(unknown_topic("game/g1"))
    assert viewer.kinds() == ["error"]


def test_a_drain_that_has_nothing_to_do_says_nothing():
    viewer = Viewer()
    viewer.resume()
    assert viewer.frames == []
