"""Whatever the network does, what the follower holds in the end is what the server holds."""

from __future__ import annotations

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from scoreline.v1.frame_pb2 import ClientFrame, ServerFrame
from scoreline.v1.state_pb2 import ScoreState
from scoreline_client.follower import Follower, Outcome
from tests.unit.client.model_server import ModelTopic

NAMES = ("game/a", "game/b")


@st.composite
def bodies(draw: st.DrawFn) -> ScoreState:
    """Draw a sparse state, as a patch carries it."""
    body = ScoreState()
    if draw(st.booleans()):
        body.score.home = draw(st.integers(0, 150))
    if draw(st.booleans()):
        body.score.away = draw(st.integers(0, 150))
    if draw(st.booleans()):
        body.clock.running = draw(st.booleans())
        body.clock.as_of_ds = draw(st.integers(-600, 100_000))
    for key in draw(st.lists(st.integers(0, 80), max_size=12)):
        entry = body.key_events[key]
        entry.kind = draw(st.integers(1, 14))
        if draw(st.booleans()):
            entry.player = draw(st.integers(0, 30))
        if draw(st.booleans()):
            entry.voided = True
    return body


actions = st.one_of(
    st.tuples(st.just("publish"), st.sampled_from(NAMES), bodies()),
    st.tuples(st.sampled_from(["deliver", "drop", "duplicate", "swap", "reconnect", "cut"])),
    st.tuples(st.just("rebuild"), st.sampled_from(NAMES)),
    st.tuples(st.just("poll"), st.sampled_from(NAMES)),
)


class Wire:
    """One client and its gateway, with every frame on the way between them in the open."""

    def __init__(self) -> None:
        self.topics = {name: ModelTopic(name, number) for number, name in enumerate(NAMES, start=1)}
        self.follower = Follower()
        self.downward: deque[ServerFrame] = deque()
        self.connected = False
        for name in NAMES:
            self.follower.follow(name)

    def connect(self) -> None:
        self.cut()
        self.connected = True
        self.send(self.follower.connect())

    def cut(self) -> None:
        self.connected = False
        self.downward.clear()
        self.follower.disconnect()

    def send(self, frames: tuple[ClientFrame, ...]) -> None:
        for frame in frames:
            for topic in self.topics.values():
                self.downward.extend(topic.answer(frame))

    def tell(self, frame: ServerFrame) -> None:
        if self.connected:
            self.downward.append(frame)

    def deliver(self) -> None:
        if self.downward:
            self.send(self.follower.receive(self.downward.popleft()).send)

    def settle(self) -> None:
        """Let the network behave: one more patch each, and a new connection if an answer never came."""
        if not self.connected:
            self.connect()
        for topic in self.topics.values():
            self.tell(topic.publish(ScoreState()))
        self.drain()
        if any(topic.asking for topic in self.follower.topics):
            self.connect()
            self.drain()

    def drain(self) -> None:
        for _ in range(1000):
            if not self.downward:
                return
            self.deliver()
        raise AssertionError("client and server never come to rest")

    def do(self, action: tuple[object, ...]) -> None:
        match action:
            case ("publish", str(name), ScoreState() as body):
                self.tell(self.topics[name].publish(body))
            case ("rebuild", str(name)):
                self.tell(self.topics[name].rebuild())
            case ("poll", str(name)):
                topic = self.topics[name]
                self.follower.absorb(name, topic.position, topic.state)
            case ("deliver",):
                self.deliver()
            case ("drop",) if self.downward:
                self.downward.popleft()
            case ("duplicate",) if self.downward:
                self.downward.append(self.downward[0])
            case ("swap",) if len(self.downward) > 1:
                self.downward[0], self.downward[1] = self.downward[1], self.downward[0]
            case ("reconnect",):
                self.connect()
            case ("cut",):
                self.cut()


# Snapshots of a rebuild may not be lost, doubled or overtaken: that is what a connection promises and what
# a new epoch relies on. So a run either rebuilds on a tidy network or does not rebuild on a wild one.
wild = st.lists(actions.filter(lambda action: action[0] != "rebuild"), max_size=60)
tidy = st.lists(actions.filter(lambda action: action[0] not in ("drop", "duplicate", "swap")), max_size=60)


@settings(max_examples=150, deadline=None)
@given(wild | tidy)
def test_any_interleaving_of_drops_duplicates_gaps_and_reconnects_ends_equal(
    history: list[tuple[object, ...]],
) -> None:
    wire = Wire()
    for action in history:
        wire.do(action)
    wire.settle()
    for name, topic in wire.topics.items():
        held = wire.follower.topic(name)
        assert held is not None
        assert held.position == topic.position
        assert held.state.SerializeToString(deterministic=True) == topic.state.SerializeToString(
            deterministic=True
        )


@settings(max_examples=80, deadline=None)
@given(wild | tidy)
def test_whatever_is_shown_on_the_way_was_once_the_state(history: list[tuple[object, ...]]) -> None:
    wire = Wire()
    seen = {
        (name, topic.position): topic.state.SerializeToString(deterministic=True)
        for name, topic in wire.topics.items()
    }
    for action in history:
        wire.do(action)
        for name, topic in wire.topics.items():
            seen[name, topic.position] = topic.state.SerializeToString(deterministic=True)
        for held in wire.follower.topics:
            if held.position is not None:
                shown = held.state.SerializeToString(deterministic=True)
                assert shown == seen[held.name, held.position]


@settings(max_examples=80, deadline=None)
@given(st.lists(bodies(), min_size=1, max_size=7))
def test_resuming_by_one_merged_patch_equals_having_seen_every_patch(patches: list[ScoreState]) -> None:
    topic = ModelTopic("game/a", 1)
    steady, returning = Follower(), Follower()
    for follower in (steady, returning):
        follower.follow("game/a")
        follower.connect()
        for frame in topic.answer(ClientFrame(subscribe={"topic": "game/a"})):
            follower.receive(frame)
    for body in patches:
        assert steady.receive(topic.publish(body)).outcome is Outcome.APPLIED
    (request,) = returning.connect()
    answers = topic.answer(request)
    assert [frame.WhichOneof("frame") for frame in answers] == ["subscribed", "patch"]
    for frame in answers:
        returning.receive(frame)
    one, other = steady.topic("game/a"), returning.topic("game/a")
    assert one is not None
    assert other is not None
    assert (one.position, one.state) == (other.position, other.state)


def test_refused_topic_can_be_asked_for_again_once() -> None:
    follower = Follower()
    follower.follow("game/a")
    follower.connect()
    follower.receive(ServerFrame(error={"topic": "game/a", "retry_after_ms": 500}))
    assert [frame.WhichOneof("frame") for frame in follower.ask_again("game/a")] == ["subscribe"]
    assert follower.ask_again("game/a") == ()
    assert follower.ask_again("game/unknown") == ()


def test_nothing_is_sent_while_there_is_no_connection() -> None:
    follower = Follower()
    assert follower.follow("game/a") == ()
    assert follower.ask_again("game/a") == ()
    assert follower.unfollow("game/a") == ()
    assert follower.unfollow("game/a") == ()
