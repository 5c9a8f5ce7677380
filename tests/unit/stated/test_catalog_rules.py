"""What may be registered, and what a registration means for what is known."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoreline.v1.catalog_service_pb2 import ImportCatalogRequest
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.game_pb2 import Competition, Game, Player, RosterEntry, Side, Sport, Team
from scoreline.wire.reasons import ScorelineError
from stated.catalog_rules import check_import, settle
from tests.support.small_match import game

NO_PLAYER = RosterEntry(player_id="x", name="X", side=Side.SIDE_HOME)


def refusal(call: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ScorelineError) as caught:
        call()
    return caught.value.field, caught.value.reason


def changed(change: Callable[[Game], object]) -> ImportCatalogRequest:
    made = game()
    change(made)
    return ImportCatalogRequest(games=[game("ok"), made])


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("games[1].game_id", lambda g: setattr(g, "game_id", "a b")),
        ("games[1].game_id", lambda g: setattr(g, "game_id", "")),
        ("games[1].sport", lambda g: setattr(g, "sport", Sport.SPORT_UNSPECIFIED)),
        ("games[1].sport", lambda g: setattr(g, "sport", 99)),
        ("games[1].competition_id", lambda g: setattr(g, "competition_id", "x/y")),
        ("games[1].season", lambda g: setattr(g, "season", "s" * 65)),
        ("games[1].venue", lambda g: setattr(g, "venue", "a\0b")),
        ("games[1].home.team_id", lambda g: g.ClearField("home")),
        ("games[1].home.name", lambda g: g.home.ClearField("name")),
        ("games[1].home.short_name", lambda g: setattr(g.home, "short_name", "ninechars")),
        ("games[1].away.team_id", lambda g: setattr(g.away, "team_id", "fra")),
        ("games[1].scheduled_time", lambda g: setattr(g.scheduled_time, "nanos", -1)),
        ("games[1].scheduled_time", lambda g: setattr(g.scheduled_time, "seconds", 2**60)),
        ("games[1].rules.regular_periods", lambda g: setattr(g.rules, "regular_periods", 13)),
        ("games[1].providers[0].provider_id", lambda g: setattr(g.providers[0], "provider_id", "*")),
        ("games[1].providers[1].provider_id", lambda g: g.providers.add(provider_id="acme")),
        (
            "games[1].providers[0].external_game_id",
            lambda g: setattr(g.providers[0], "external_game_id", "x" * 129),
        ),
        ("games[1].roster[2].player_id", lambda g: g.roster.add(player_id="h1", name="H", side=1)),
        ("games[1].roster[2].side", lambda g: g.roster.add(player_id="h5", name="H")),
        ("games[1].roster[2].name", lambda g: g.roster.add(player_id="h5", side=1)),
        (
            "games[1].roster[2].roster_number",
            lambda g: g.roster.add(player_id="h5", name="H", side=1, roster_number=1),
        ),
        (
            "games[1].roster[2].roster_number",
            lambda g: g.roster.add(player_id="h5", name="H", side=1, roster_number=65_536),
        ),
        ("games[1].roster", lambda g: g.roster.extend([NO_PLAYER] * 500)),
    ],
)
def test_impossible_game_is_refused_with_the_field_named(
    field: str, change: Callable[[Game], object]
) -> None:
    assert refusal(lambda: check_import(changed(change))) == (field, ErrorReason.ERROR_REASON_INVALID_FIELD)


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("teams", ImportCatalogRequest(teams=[Team(team_id="t", name="T")] * 1001)),
        ("teams[0].team_id", ImportCatalogRequest(teams=[Team(name="T")])),
        ("players[0].team_id", ImportCatalogRequest(players=[Player(player_id="p", name="P", team_id="'")])),
        (
            "competitions[0].sport",
            ImportCatalogRequest(competitions=[Competition(competition_id="c", name="C")]),
        ),
        (
            "competitions[0].country",
            ImportCatalogRequest(
                competitions=[Competition(competition_id="c", name="C", sport=1, country="France")]
            ),
        ),
    ],
)
def test_impossible_entity_is_refused_with_the_field_named(
    field: str, request_: ImportCatalogRequest
) -> None:
    assert refusal(lambda: check_import(request_)) == (field, ErrorReason.ERROR_REASON_INVALID_FIELD)


def test_thousand_of_a_kind_are_allowed() -> None:
    check_import(ImportCatalogRequest(teams=[Team(team_id="t", name="T")] * 1000))


def test_numbers_are_allotted_home_first_around_those_that_are_given() -> None:
    asked = game()
    del asked.roster[:]
    asked.roster.add(player_id="a1", name="A", side=Side.SIDE_AWAY)
    asked.roster.add(player_id="h1", name="H", side=Side.SIDE_HOME)
    asked.roster.add(player_id="h2", name="H", side=Side.SIDE_HOME, roster_number=1)

    numbers = {entry.player_id: entry.roster_number for entry in settle(None, asked, "games[0]").roster}

    assert numbers == {"h2": 1, "h1": 2, "a1": 3}


def test_known_players_stay_and_keep_their_numbers() -> None:
    known = game()
    asked = game()
    del asked.roster[:]
    asked.roster.add(player_id="a1", name="Renamed", side=Side.SIDE_AWAY)
    asked.roster.add(player_id="h0", name="New", side=Side.SIDE_HOME)

    roster = settle(known, asked, "games[0]").roster

    assert [(e.roster_number, e.player_id, e.name) for e in roster] == [
        (1, "h1", "Home One"),
        (2, "a1", "Renamed"),
        (3, "h0", "New"),
    ]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("games[4].sport", lambda g: setattr(g, "sport", Sport.SPORT_BASKETBALL)),
        ("games[4].topic", lambda g: setattr(g, "topic", 8)),
        ("games[4].roster[0].roster_number", lambda g: setattr(g.roster[0], "roster_number", 9)),
        (
            "games[4].roster[2].roster_number",
            lambda g: g.roster.add(player_id="h5", name="H", side=1, roster_number=2),
        ),
    ],
)
def test_contradiction_of_what_is_known_is_a_conflict(field: str, change: Callable[[Game], object]) -> None:
    asked = game()
    change(asked)
    if field.endswith("roster[2].roster_number"):
        del asked.roster[1]
        field = field.replace("roster[2]", "roster[1]")

    assert refusal(lambda: settle(game(), asked, "games[4]")) == (field, ErrorReason.ERROR_REASON_CONFLICT)


def test_topic_is_never_the_callers() -> None:
    assert settle(None, game(topic=99), "games[0]").topic == 0


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=12, unique_by=lambda entry: entry[0]),
        max_size=5,
    )
)
def test_numbers_never_change_and_are_never_shared(registrations: list[list[tuple[int, bool]]]) -> None:
    known: Game | None = None
    numbers: dict[str, int] = {}
    for players in registrations:
        asked = game()
        del asked.roster[:]
        for number, at_home in players:
            side = Side.SIDE_HOME if at_home else Side.SIDE_AWAY
            asked.roster.add(player_id=f"p{number}", name="P", side=side)
        known = settle(known, asked, "games[0]")
        now = {entry.player_id: entry.roster_number for entry in known.roster}
        assert len(set(now.values())) == len(now)
        assert min(now.values(), default=1) >= 1
        assert numbers.items() <= now.items()
        numbers = now
    if known is not None:
        assert settle(known, known, "games[0]").roster == known.roster, "the same again changes nothing"
