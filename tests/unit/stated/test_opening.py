from scoreline.v1.game_pb2 import GameRules, Sport
from scoreline.v1.state_pb2 import GameSheet, GameStatus, PlayerSheet, TeamSheet
from stated.core.game_fold import GameFold
from stated.core.opening import opening_play, sheet_of
from tests.unit.stated.match import AWAY, HOME, KICK_OFF_S, basketball, game


def test_the_sheet_holds_sides_roster_and_lengths() -> None:
    sheet = sheet_of(game())
    roster = {number: sheet.roster[number] for number in sorted(sheet.roster)}
    assert list(roster) == [1, 2, 3, 4]
    assert roster[1] == PlayerSheet(name="H1", side=HOME, shirt_number=10)
    assert roster[2] == PlayerSheet(name="H2", side=HOME)
    assert roster[3].side == AWAY
    sheet.ClearField("roster")
    assert sheet == GameSheet(
        sport=1,
        home=TeamSheet(team_id="fra", name="France", short_name="FRA"),
        away=TeamSheet(team_id="arg", name="Argentina", short_name="Argentina"),
        reference_time_s=KICK_OFF_S,
        counts_down=False,
        regular_period_s=2_700,
        overtime_period_s=900,
        regular_periods=2,
        competition="cup",
    )


def test_a_game_of_its_own_lengths_and_rate_says_so() -> None:
    sheet = sheet_of(basketball(rules=GameRules(regular_period_s=600), clock_rate=60))
    assert (sheet.regular_period_s, sheet.counts_down, sheet.clock_rate) == (600, True, 60)
    assert not sheet_of(basketball(clock_rate=1)).HasField("clock_rate")


def test_what_a_retraction_may_have_to_undo_is_there_from_the_start() -> None:
    for fixture, arm in (
        (game(), "football"),
        (basketball(), "basketball"),
        (game(Sport.SPORT_AMERICAN_FOOTBALL), "american_football"),
        (game(Sport.SPORT_ICE_HOCKEY), "ice_hockey"),
        (game(Sport.SPORT_BASEBALL), "baseball"),
    ):
        play = opening_play(fixture)
        assert play.status == GameStatus.GAME_STATUS_SCHEDULED
        assert play.WhichOneof("situation") == arm
        # Without a clock in the sport there is none to go back to.
        assert play.HasField("clock") == (arm != "baseball")
        clocks = (play.clock,) if play.HasField("clock") else ()
        for message in (play.period, *clocks, getattr(play, arm), getattr(play, arm).home):
            assert len(message.ListFields()) == len(message.DESCRIPTOR.fields)
        assert (play.score.HasField("home"), play.score.HasField("home_shootout")) == (True, False)


def test_a_fresh_game_shows_its_opening_and_no_timeline() -> None:
    state = GameFold(game()).state
    assert (state.score.home, state.score.away, state.sheet.home.name) == (0, 0, "France")
    assert not state.key_events
    assert not state.HasField("reporting")
