from scoreline.domain.rulebook import RULEBOOKS
from scoreline.v1.game_pb2 import Sport
from stated.core.context import context_of
from tests.unit.stated.match import KICK_OFF_S, game


def test_what_is_fixed_about_a_game_comes_from_its_fixture() -> None:
    known = context_of(game(clock_rate=60))
    assert known.rules == RULEBOOKS[Sport.SPORT_FOOTBALL]
    assert known.reference_us == KICK_OFF_S * 1_000_000
    assert known.clock_rate == 60
    assert known.roster == {"h1": 1, "h2": 2, "a1": 3, "a2": 4}


def test_a_game_without_a_rate_runs_at_the_speed_of_life() -> None:
    assert context_of(game()).clock_rate == 1


def test_the_reference_is_a_whole_second_as_the_sheet_says_it() -> None:
    fixture = game()
    fixture.scheduled_time.nanos = 900_000_000
    assert context_of(fixture).reference_us == KICK_OFF_S * 1_000_000
