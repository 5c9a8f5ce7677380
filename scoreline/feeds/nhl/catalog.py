"""Who plays, when and for how long, by the head of the document."""

from __future__ import annotations

from collections.abc import Iterable

from scoreline.feeds.document import Place
from scoreline.feeds.instants import maybe_instant_ms
from scoreline.feeds.nhl import specification as spec
from scoreline.feeds.nhl.plays import Play
from scoreline.v1.game_pb2 import Competition, Game, GameProvider, GameRules, Side, Sport, Team

COMPETITION = Competition(competition_id="nhl", name="NHL", sport=Sport.SPORT_ICE_HOCKEY, country="USA")


def read_game(root: Place, provider_id: str) -> tuple[str, Game, dict[int, Side.ValueType]]:
    """Return the feed's id of the game, the proposal, and the sides by the feed's team ids."""
    external_game_id = str(root.child("id").whole(1))
    kind, periods, season = root.maybe("gameType"), root.maybe("regPeriods"), root.maybe("season")
    game = Game(
        sport=Sport.SPORT_ICE_HOCKEY,
        competition_id=COMPETITION.competition_id,
        season=spec.season_name(season.whole(18000000, 99999999)) if season else "",
        providers=[GameProvider(provider_id=provider_id, external_game_id=external_game_id)],
        rules=GameRules(
            regular_periods=periods.whole(1, spec.REGULAR_PERIODS) if periods else spec.REGULAR_PERIODS,
            regular_period_s=spec.PERIOD_S,
            overtime_period_s=(
                spec.PLAYOFF_OVERTIME_S if kind and kind.whole() == spec.PLAYOFFS else spec.OVERTIME_S
            ),
        ),
    )
    start = maybe_instant_ms(root, "startTimeUTC")
    if start is not None:
        game.scheduled_time.FromMilliseconds(start)
    venue = root.maybe("venue")
    game.venue = _default(venue) if venue else ""
    sides = _read_teams(root, game)
    _read_roster(root, sides, game)
    return external_game_id, game, sides


def adopt_overtime(rules: GameRules, plays: Iterable[Play]) -> None:
    """Take the shortest overtime that holds all plays of one: other leagues and times had other lengths."""
    played = [play.elapsed_ms for play in plays if play.period_type == spec.OVERTIME]
    longest_s = max(played, default=0) / 1000
    if longest_s > rules.overtime_period_s:
        rules.overtime_period_s = next(
            (length for length in spec.OVERTIMES_S if longest_s <= length), rules.overtime_period_s
        )


def player_id(number: int) -> str:
    """Return our id of the feed's player; empty for nobody."""
    return f"nhl-{number}" if number else ""


def _read_teams(root: Place, game: Game) -> dict[int, Side.ValueType]:
    sides: dict[int, Side.ValueType] = {}
    for key, side, target in (
        ("homeTeam", Side.SIDE_HOME, game.home),
        ("awayTeam", Side.SIDE_AWAY, game.away),
    ):
        team = root.child(key)
        number, short = team.child("id").whole(1), team.child("abbrev").text(max_chars=8)
        # The member was renamed in the season of 2024-25.
        name, city = team.maybe("commonName") or team.maybe("name"), team.maybe("placeName")
        words = [_default(part) for part in (city, name) if part]
        target.CopyFrom(
            Team(team_id=f"nhl-{number}", name=" ".join(filter(None, words)) or short, short_name=short)
        )
        sides[number] = side
    if len(sides) != len((game.home, game.away)):
        raise root.child("awayTeam").unfit("should be another team than the home team")
    return sides


def _read_roster(root: Place, sides: dict[int, Side.ValueType], game: Game) -> None:
    spots = root.maybe("rosterSpots")
    seen: set[int] = set()
    for spot in spots.items() if spots else ():
        number, shirt = spot.child("playerId").whole(1), spot.maybe("sweaterNumber")
        side = sides.get(spot.child("teamId").whole())
        if side is None:
            raise spot.child("teamId").unfit("is neither of the two teams")
        if number in seen:
            continue
        seen.add(number)
        name = f"{_default(spot.child('firstName'))} {_default(spot.child('lastName'))}".strip()
        game.roster.add(
            player_id=player_id(number),
            name=name or str(number),
            side=side,
            shirt_number=shirt.whole(0, 99) if shirt else 0,
        )


def _default(place: Place) -> str:
    """Return a text in the language that every text has."""
    return place.child("default").text()
