"""Who stands where in a room, and what brings him on."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pushd.core.room import GONE, Burst, Room
from pushd.core.scheduler import Scheduler
from scoreline.domain.position import Position
from scoreline.v1.frame_pb2 import Notice, Recovery
from tests.unit.pushd.viewers import NAME, TOPIC, Source, Viewer


def opened() -> tuple[Room, Source]:
    room = Room(TOPIC, NAME)
    source = Source(room)
    source.load()
    return room, source


def spread(room: Room) -> Burst:
    burst = room.next_burst()
    assert burst is not None
    while not burst.done:
        burst.write(2)
    return burst


def recovery(viewer: Viewer) -> Recovery.ValueType:
    return next(frame.subscribed.recovery for frame in viewer.frames if frame.HasField("subscribed"))


def test_a_newcomer_gets_a_snapshot_behind_the_answer():
    room, source = opened()
    viewer = Viewer()
    room.admit(viewer.session, None)
    assert viewer.kinds() == ["subscribed", "snapshot"]
    assert recovery(viewer) == Recovery.RECOVERY_SNAPSHOT
    assert (viewer.state, viewer.position) == (source.state, source.position)
    assert viewer.frames[0].subscribed.topic == TOPIC


def test_who_missed_some_gets_them_merged_and_who_missed_none_gets_nothing():
    room, source = opened()
    viewer, other = Viewer(1), Viewer(2)
    room.admit(viewer.session, None)
    room.leave(viewer.session)
    source.publish(1)
    source.publish(2)
    room.admit(viewer.session, viewer.position)
    assert viewer.kinds()[2:] == ["subscribed", "patch"]
    assert viewer.state == source.state
    room.admit(other.session, source.position)
    assert other.kinds() == ["subscribed"]
    assert recovery(other) == Recovery.RECOVERY_UP_TO_DATE


def test_a_game_without_a_state_is_pending_until_its_state_is_loaded():
    room = Room(TOPIC, NAME)
    viewer = Viewer()
    room.admit(viewer.session, Position(3, 4))
    assert recovery(viewer) == Recovery.RECOVERY_PENDING
    assert room.next_burst() is None
    source = Source(room)
    source.load()
    spread(room)
    assert viewer.state == source.state


def test_a_member_that_asks_again_is_served_from_where_he_says_he_is():
    room, source = opened()
    viewer = Viewer()
    room.admit(viewer.session, None)
    stood = viewer.position
    source.publish(1)
    spread(room)
    viewer.position, viewer.state = stood, None
    room.admit(viewer.session, None)
    assert viewer.state == source.state
    assert len(room.members) == len(viewer.session.members) == 1


def test_everybody_gets_the_very_same_frame():
    room, source = opened()
    viewers = [Viewer(number) for number in range(5)]
    for viewer in viewers:
        room.admit(viewer.session, None)
    source.publish(3)
    burst = spread(room)
    assert burst.sent == 5
    assert burst.frame_bytes == len(source.frames[-1])
    assert all(viewer.state == source.state for viewer in viewers)
    assert room.next_burst() is None


def test_patches_that_come_during_a_burst_leave_as_one():
    room, source = opened()
    viewers = [Viewer(number) for number in range(4)]
    for viewer in viewers:
        room.admit(viewer.session, None)
    source.publish(1)
    burst = room.next_burst()
    assert burst is not None
    burst.write(2)
    source.publish(2)
    source.publish(3)
    late = Viewer(9)
    room.admit(late.session, None)
    while not burst.done:
        burst.write(2)
    spread(room)
    for viewer in viewers:
        assert viewer.kinds() == ["subscribed", "snapshot", "patch", "patch"]
        assert viewer.frames[-1].patch.span == 1
        assert viewer.state == source.state
    # Who came in between stands there already.
    assert late.kinds() == ["subscribed", "snapshot"]


def test_who_leaves_during_a_burst_gets_no_more():
    room, source = opened()
    viewers = [Viewer(number) for number in range(3)]
    for viewer in viewers:
        room.admit(viewer.session, None)
    source.publish(1)
    burst = room.next_burst()
    assert burst is not None
    member = room.members[viewers[2].session]
    room.leave(viewers[2].session)
    room.leave(viewers[2].session)
    assert member.version == GONE
    while not burst.done:
        burst.write(1)
    room.bring(member)
    assert viewers[2].kinds() == ["subscribed", "snapshot"]


def test_a_new_epoch_reaches_all_as_one_snapshot():
    room, source = opened()
    viewers = [Viewer(number) for number in range(3)]
    for viewer in viewers:
        room.admit(viewer.session, None)
    source.publish(1)
    spread(room)
    source.rebuild()
    source.load()
    burst = spread(room)
    assert burst.frame_bytes == 0
    assert all(viewer.kinds()[-1] == "snapshot" for viewer in viewers)
    assert all(viewer.position == source.position for viewer in viewers)


def test_all_who_can_not_be_patched_share_one_snapshot():
    room, source = opened()
    written: list[bytes] = []
    for version in (50, 60, 0):
        viewer = Viewer(version)
        viewer.session.write = written.append
        room.admit(viewer.session, Position(source.epoch, version))
    snapshots = [data for data in written if data == room.log.snapshot()]
    assert len(snapshots) == 3
    assert len({id(data) for data in snapshots}) == 1


def test_a_paused_member_falls_behind_and_is_brought_on_with_one_frame():
    room, source = opened()
    viewer = Viewer()
    room.admit(viewer.session, None)
    viewer.pause()
    for goals in range(1, 6):
        source.publish(goals)
        spread(room)
    assert viewer.kinds() == ["subscribed", "snapshot"]
    viewer.resume()
    assert viewer.kinds()[2:] == ["notice", "patch"]
    assert viewer.frames[2].notice.kind == Notice.NOTICE_KIND_SLOW
    assert viewer.frames[3].patch.span == 4
    assert viewer.state == source.state
    source.publish(6)
    spread(room)
    assert viewer.state == source.state


def test_who_subscribes_while_paused_gets_his_snapshot_when_he_reads():
    room, source = opened()
    viewer = Viewer()
    viewer.pause()
    room.admit(viewer.session, None)
    assert viewer.kinds() == ["subscribed"]
    source.publish(1)
    spread(room)
    viewer.resume()
    assert viewer.state == source.state


def test_members_of_different_age_share_the_snapshot_when_the_frames_are_gone():
    room, source = opened()
    viewers = [Viewer(number) for number in range(3)]
    for viewer in viewers:
        room.admit(viewer.session, None)
    viewers[0].pause()
    source.publish(1)
    spread(room)
    source.commit(2)
    source.frames = []
    source.load()
    spread(room)
    viewers[0].resume()
    assert all(viewer.state == source.state for viewer in viewers)
    assert [viewer.kinds()[-1] for viewer in viewers] == ["snapshot"] * 3


def test_a_transport_that_breaks_takes_nobody_with_it():
    room, source = opened()
    viewers = [Viewer(number) for number in range(4)]
    for viewer in viewers:
        room.admit(viewer.session, None)

    def broken(_data: bytes) -> None:
        raise RuntimeError("the transport is closed")

    viewers[1].session.write = broken
    for goals in (1, 2):
        source.publish(goals)
        burst = spread(room)
        assert (burst.sent, burst.broken) == (3, 1)
    assert all(viewer.state == source.state for viewer in viewers if viewer is not viewers[1])


def test_marks_of_a_burst_are_its_own():
    room, source = opened()
    room.critical, room.received_us = True, [5]
    source.publish(1)
    burst = room.next_burst()
    assert burst is not None
    assert (burst.critical, burst.received_us) == (True, [5])
    assert (room.critical, room.received_us) == (False, [])


step = st.one_of(
    st.tuples(st.just("publish"), st.integers(0, 9)),
    st.tuples(st.just("lose"), st.integers(0, 9)),
    st.tuples(st.sampled_from(["join", "leave", "pause", "resume", "trickle", "again"]), st.integers(0, 5)),
    st.tuples(st.just("write"), st.integers(1, 4)),
    st.tuples(st.sampled_from(["reload", "rebuild"]), st.just(0)),
)


@given(st.lists(step, max_size=80))
@settings(max_examples=300, deadline=None)
def test_whatever_happens_everybody_ends_with_the_state_of_the_source(steps):
    room, source = opened()
    scheduler = Scheduler(lambda _: None, slice_size=2)
    viewers = [Viewer(number) for number in range(6)]
    for action, number in steps:
        match action:
            case "publish":
                frame = source.commit(number)
                if room.position == Position(source.epoch, source.version - 1):
                    room.log.append(frame, source.epoch)
                    room.moved()
                else:
                    source.load()
                scheduler.offer(room)
            case "lose":
                source.commit(number)
            case "reload" | "rebuild":
                if action == "rebuild":
                    source.rebuild()
                source.load()
                scheduler.offer(room)
            case "write":
                scheduler.run(number)
            case "join":
                if viewers[number].session not in room.members:
                    room.admit(viewers[number].session, viewers[number].position)
            case "again":
                room.admit(viewers[number].session, viewers[number].position)
            case "leave":
                room.leave(viewers[number].session)
            case "pause":
                viewers[number].pause()
            case "resume":
                viewers[number].resume()
            case "trickle":
                viewers[number].resume(room_for=1)
    source.load()
    scheduler.offer(room)
    for viewer in viewers:
        viewer.resume()
    while scheduler.run(100):
        pass
    for session, member in room.members.items():
        viewer = next(viewer for viewer in viewers if viewer.session is session)
        assert viewer.position == source.position == (member.epoch, member.version)
        assert viewer.state == source.state
        assert not session.behind
