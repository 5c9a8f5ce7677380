"""What a client's frames ask for."""

import pytest

from pushd.core.room import Room
from pushd.core.session import DEGRADED, RESTORED, Answer, Follow, Session, Unfollow, unknown_topic
from scoreline.domain.position import Position
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import ClientFrame, Hello, Notice, Pong
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
    session.waiting.add("game/g2")
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
    room = Room(TOPIC, NAME)
    source = Source(room)
    source.load()
    viewer = Viewer()
    room.admit(viewer.session, None)
    other = Room(TOPIC + 1, "game/g2")
    other.load(Position(1, 1), source.state, 0, ())
    other.admit(viewer.session, None)
    for episode in (1, 2):
        viewer.pause()
        for each in room, other:
            each.bring(viewer.session.members[each.name])
        assert len(viewer.session.behind) == 2
        source.publish(episode)
        viewer.resume(room_for=1)  # the notice, and no more
        viewer.resume(room_for=1)
        viewer.resume()
        assert sum(frame.HasField("notice") for frame in viewer.frames) == episode
    assert viewer.state is not None


def test_an_answer_is_for_one_session():
    viewer = Viewer()
    viewer.session.answer(unknown_topic("game/g1"))
    assert viewer.kinds() == ["error"]


def test_a_drain_that_has_nothing_to_do_says_nothing():
    viewer = Viewer()
    viewer.resume()
    assert viewer.frames == []
