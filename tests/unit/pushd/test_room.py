"""Who stands where in a room, and what brings him on."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pushd.core.burst import Burst
from pushd.core.member import GONE
from pushd.core.outgoing import Encoding
from pushd.core.room import Room
from pushd.core.scheduler import Scheduler
from scoreline.domain.position import Position
from scoreline.v1.frame_pb2 import Notice, Recovery
from tests.unit.pushd.viewers import NAME, TOPIC, Source, Viewer, Wires, nowhere


def opened() -> tuple[Room, Source]:
    room = Room(TOPIC, NAME)
    source = Source(room)
    source.load()
    return room, source


def members(room: Room):
    return [member for line in room.lines for member in line.members]


def spread(room: Room) -> Burst:
    burst = room.next_burst()
    assert burst is not None
    while not burst.done:
        burst.write(2, nowhere)
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


def test_who_asks_again_for_what_it_has_is_answered_and_keeps_its_place():
    room, source = opened()
    viewer = Viewer()
    room.admit(viewer.session, None)
    member = viewer.session.members[NAME]
    room.admit(viewer.session, source.position)
    assert viewer.kinds() == ["subscribed", "snapshot", "subscribed"]
    assert viewer.frames[-1].subscribed.recovery == Recovery.RECOVERY_UP_TO_DATE
    assert viewer.session.members[NAME] is member
    assert room.size == 1


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
    assert room.size == len(viewer.session.members) == 1


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
    burst.write(2, nowhere)
    source.publish(2)
    source.publish(3)
    late = Viewer(9)
    room.admit(late.session, None)
    while not burst.done:
        burst.write(2, nowhere)
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
    member = viewers[2].session.members[NAME]
    room.leave(viewers[2].session)
    room.leave(viewers[2].session)
    assert member.version == GONE
    while not burst.done:
        burst.write(1, nowhere)
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
    assert burst.frame_bytes == len(room.log.snapshot())
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
        assert (burst.sent, burst.broken) == (4, 1)
    assert all(viewer.state == source.state for viewer in viewers if viewer is not viewers[1])


def test_marks_of_a_burst_are_its_own():
    room, source = opened()
    room.critical, room.received_us = True, [5]
    source.publish(1)
    burst = room.next_burst()
    assert burst is not None
    assert (burst.critical, burst.received_us) == (True, [5])
    assert (room.critical, room.received_us) == (False, [])


def test_a_slow_member_costs_a_burst_nothing():
    room, source = opened()
    viewers = [Viewer(number) for number in range(3)]
    for viewer in viewers:
        room.admit(viewer.session, None)
    viewers[0].pause()
    assert len(members(room)) == 2
    source.publish(1)
    assert spread(room).sent == 2
    assert viewers[0].session.behind
    assert viewers[0].session.members[NAME].position == viewers[0].position != source.position
    viewers[0].resume()
    assert not viewers[0].session.behind
    assert len(members(room)) == 3


def test_who_comes_during_a_burst_behind_a_newer_patch_is_taken_along_by_the_next():
    room, source = opened()
    wires = Wires()
    for number in range(3):
        room.admit(wires.viewer(number).session, None)
    source.publish(1)
    burst = room.next_burst()
    assert burst is not None
    burst.write(1, wires.send)
    now, before = source.position, Position(source.epoch, source.version - 1)
    assert sorted(member.position for member in members(room)) == [before, before, now]
    source.publish(2)
    late, later = Viewer(8), Viewer(9)
    room.admit(late.session, None)
    room.admit(later.session, None)
    room.leave(later.session)
    source.publish(3)

    def broken(_data: bytes) -> None:
        raise RuntimeError("the transport is closed")

    failing = Viewer(10)
    room.admit(failing.session, Position(source.epoch, source.version))
    source.publish(4)
    failing.session.write = broken
    while not burst.done:
        burst.write(1, wires.send)
    following = room.next_burst()
    assert following is not None
    assert following.broken == 1
    while not following.done:
        following.write(1, wires.send)
    assert room.next_burst() is None
    for viewer in (late, *wires.viewers.values()):
        assert viewer.state == source.state
        assert viewer.session.members[NAME].position == source.position


def test_one_call_serves_all_who_have_a_socket_and_the_others_are_written_to():
    room, source = opened()
    wires, plain = Wires(), Viewer(9)
    for number in range(5):
        room.admit(wires.viewer(number).session, None)
    room.admit(plain.session, None)
    source.publish(1)
    burst = room.next_burst()
    assert burst is not None
    while not burst.done:
        burst.write(100, wires.send)
    assert wires.calls == [5]
    assert burst.sent == 6
    assert all(viewer.state == source.state for viewer in (plain, *wires.viewers.values()))


def test_each_encoding_gets_its_own_bytes():
    room, source = opened()
    written: dict[Encoding, list[bytes]] = {encoding: [] for encoding in Encoding}
    for encoding in Encoding:
        viewer = Viewer()
        viewer.session.encoding, viewer.session.write = encoding, written[encoding].append
        room.admit(viewer.session, source.position)
    source.publish(1)
    spread(room)
    frame = source.frames[-1]
    assert written[Encoding.BARE][-1] is frame
    assert written[Encoding.WS_PROTO][-1].endswith(frame)
    assert b"score_update" in written[Encoding.WS_JSON][-1]


def test_a_long_frame_costs_more_than_a_short_one():
    room, source = opened()
    source.state.sheet.home.name = "x" * 10_000
    source.version += 1
    source.load()
    room.admit(Viewer().session, None)
    assert Burst(room, room._frame_from(Position(0, 0)), source.position).unit == 3


def test_the_rest_of_a_frame_comes_before_anything_else():
    room, source = opened()
    wires = Wires()
    viewers = [wires.viewer(number) for number in range(4)]
    for viewer in viewers:
        room.admit(viewer.session, None)
    # 1 took half and is full, 2 took nothing but has room again, 3 has failed.
    viewers[1].room_for = 1
    wires.short = {101: 3, 102: 0, 103: -32}
    source.publish(1)
    burst = room.next_burst()
    assert burst is not None
    burst.write(100, wires.send)
    assert burst.broken == 1
    assert all(viewer.state == source.state for viewer in viewers)
    assert [viewer.session.paused for viewer in viewers] == [False, True, False, False]
    source.publish(2)
    burst = room.next_burst()
    assert burst is not None
    burst.write(100, wires.send)
    assert burst.sent == 3
    viewers[1].resume()
    assert all(viewer.state == source.state for viewer in viewers)


step = st.one_of(
    st.tuples(st.just("publish"), st.integers(0, 9)),
    st.tuples(st.just("lose"), st.integers(0, 9)),
    *[
        st.tuples(st.just(action), st.integers(0, 5))
        for action in ("join", "join", "leave", "pause", "resume", "trickle", "again")
    ],
    st.tuples(st.just("write"), st.integers(1, 4)),
    st.tuples(st.sampled_from(["short", "blocked"]), st.integers(0, 5)),
    st.tuples(st.sampled_from(["reload", "rebuild"]), st.just(0)),
)


@given(st.lists(step, min_size=20, max_size=80))
@settings(max_examples=500, deadline=None)
def test_whatever_happens_everybody_ends_with_the_state_of_the_source(steps):
    room, source = opened()
    wires = Wires()
    scheduler = Scheduler(lambda _: None, wires.send, slice_size=2)
    # Half of them are written to directly.
    viewers = [wires.viewer(number) if number % 2 else Viewer(number) for number in range(6)]
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
                for _ in range(number):
                    scheduler.turn()
            case "short":
                wires.short[100 + number] = 2
                viewers[number].room_for = 1
            case "blocked":
                wires.short[100 + number] = 0
            case "join":
                if NAME not in viewers[number].session.members:
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
    wires.short.clear()
    while scheduler.turn():
        pass
    for viewer in viewers:
        viewer.resume()
    following = [viewer for viewer in viewers if viewer.session.members]
    assert room.size == len(following) == len(members(room))
    for viewer in following:
        member = viewer.session.members[NAME]
        assert viewer.position == source.position == member.position
        assert viewer.state == source.state
        assert not viewer.session.behind
    for line in room.lines:
        assert [member.place for member in line.members] == list(range(len(line)))
        if line.direct:
            assert list(line.descriptors) == [member.session.descriptor for member in line.members]
