"""What a replay proposes to the catalog."""

from __future__ import annotations

from datetime import UTC, datetime

from scoreline.cli.registration import propose
from scoreline.cli.schedule import Script
from scoreline.feeds.adapter import TimedEvent
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Game, GameProvider

NOW = datetime(2024, 5, 1, 12, 0, 0, 500_000, tzinfo=UTC)


def script(scheduled: str = "") -> Script:
    game = Game(game_id="g", providers=[GameProvider(provider_id="demo", external_game_id="7")])
    if scheduled:
        game.scheduled_time.FromJsonString(scheduled)
    return Script("g.json", game, None, (TimedEvent(0, GameEvent()), TimedEvent(3599, GameEvent())), True)


def test_a_recording_keeps_its_own_date() -> None:
    proposal = propose(script("2018-06-30T14:00:00Z"), None, now=NOW, clock_rate=None)
    assert proposal.scheduled_time.ToJsonString() == "2018-06-30T14:00:00Z"
    assert proposal.clock_rate == 0


def test_a_recording_without_a_date_has_ended_just_now() -> None:
    proposal = propose(script(), None, now=NOW, clock_rate=None)
    assert proposal.scheduled_time.ToJsonString() == "2024-05-01T11:00:00Z"


def test_a_recording_without_a_date_keeps_the_one_it_was_given_before() -> None:
    known = propose(script(), None, now=NOW, clock_rate=None)
    later = datetime(2024, 6, 1, tzinfo=UTC)
    assert propose(script(), known, now=later, clock_rate=None) == known


def test_a_paced_replay_starts_now_and_tells_its_rate() -> None:
    proposal = propose(script("2018-06-30T14:00:00Z"), None, now=NOW, clock_rate=60)
    assert proposal.scheduled_time.ToJsonString() == "2024-05-01T12:00:00Z"
    assert proposal.clock_rate == 60


def test_the_order_of_trust_in_providers_is_kept() -> None:
    known = Game(
        game_id="g", providers=[GameProvider(provider_id="official", external_game_id="1")], clock_rate=2
    )
    proposal = propose(script(), known, now=NOW, clock_rate=None)
    assert [one.provider_id for one in proposal.providers] == ["official", "demo"]
    assert propose(script(), proposal, now=NOW, clock_rate=None).providers == proposal.providers
    assert proposal.clock_rate == 2


def test_a_game_that_was_replayed_at_a_pace_keeps_its_start() -> None:
    known = propose(script("2018-06-30T14:00:00Z"), None, now=NOW, clock_rate=60)
    assert propose(script("2018-06-30T14:00:00Z"), known, now=NOW, clock_rate=None) == known


def test_the_proposal_never_changes_the_script() -> None:
    one = script()
    propose(one, None, now=NOW, clock_rate=60)
    assert not one.game.HasField("scheduled_time")
