import pytest

from scoreline.v1.event_pb2 import EventAction, GameEvent, GoalScored
from scoreline.wire import names


def event(**fields: object) -> GameEvent:
    made = GameEvent(
        game_id="g1",
        provider_id="acme",
        event_id="e1",
        action=EventAction.EVENT_ACTION_CREATE,
        goal_scored=GoalScored(),
    )
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_partition_is_the_crc32_of_the_game_so_that_every_language_agrees() -> None:
    # The check value of CRC-32/ISO-HDLC is that of "123456789".
    assert names.partition_of("123456789", 1 << 32) == 0xCBF43926
    assert names.partition_of("123456789", 16) == 0x6
    assert 0 <= names.partition_of("any") < names.PARTITIONS


def test_subjects_durables_and_keys_are_as_the_design_spells_them() -> None:
    assert names.event_subject("123456789") == "scoreline.events.6.123456789"
    assert names.partition_subjects(6) == "scoreline.events.6.*"
    assert names.fold_durable(6) == "stated-fold-6"
    assert names.patch_subject("game/g1") == "scoreline.patches.game.g1"
    assert names.patch_message_id("game/g1", 17, 3) == "game/g1:17:3"
    assert names.dead_subject("acme") == "scoreline.dead.acme"
    assert names.ops_subject("stale_late", "g1") == "scoreline.ops.stale_late.g1"
    assert names.catalog_subject("g1") == "scoreline.catalog.g1"
    assert names.game_key("g1", "state") == "scoreline:{g1}:state"


def test_an_event_sent_again_is_the_same_event_whatever_the_times_say() -> None:
    first, second = event(), event()
    second.received_time.seconds = 5
    second.occurred_time.seconds = 7
    assert names.event_identity(first) == names.event_identity(second)


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": "e2"},
        {"game_id": "g2"},
        {"provider_id": "other"},
        {"action": EventAction.EVENT_ACTION_AMEND},
        {"player_id": "h1"},
        {"sequence": 9},
        {"revision": 2},
    ],
)
def test_anything_else_that_differs_makes_another_event(change: dict[str, object]) -> None:
    assert names.event_identity(event()) != names.event_identity(event(**change))


def test_where_a_feed_counts_revisions_the_content_does_not_matter() -> None:
    assert names.event_identity(event(revision=2)) == names.event_identity(event(revision=2, player_id="h1"))
