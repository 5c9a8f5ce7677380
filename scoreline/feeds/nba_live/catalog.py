"""Who plays: from the box score where there is one, else from what the play-by-play shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from scoreline.feeds.document import Place
from scoreline.feeds.nba_live import specification as spec
from scoreline.feeds.nba_live.actions import Action, read_instant
from scoreline.v1.game_pb2 import Competition, Game, GameProvider, GameRules, RosterEntry, Side, Sport, Team

_OTHER = {Side.SIDE_HOME: Side.SIDE_AWAY, Side.SIDE_AWAY: Side.SIDE_HOME}


def league_of(external_game_id: str) -> spec.League:
    """Return the league of a game; an unknown one plays by the NBA's rules."""
    return spec.LEAGUES.get(external_game_id[:2], spec.LEAGUES["00"])


def propose_game(external_game_id: str, provider_id: str) -> tuple[Game, Competition]:
    """Return what the id alone tells."""
    league = league_of(external_game_id)
    game = Game(
        sport=Sport.SPORT_BASKETBALL,
        competition_id=league.competition_id,
        providers=[GameProvider(provider_id=provider_id, external_game_id=external_game_id)],
        rules=GameRules(
            regular_periods=spec.REGULAR_PERIODS,
            regular_period_s=league.period_s,
            overtime_period_s=league.overtime_s,
        ),
    )
    if len(external_game_id) == 10:
        game.season = spec.season_of(external_game_id)
    competition = Competition(
        competition_id=league.competition_id,
        name=league.name,
        sport=Sport.SPORT_BASKETBALL,
        country="USA",
    )
    return game, competition


def read_box_score(place: Place, game: Game) -> None:
    """Take teams, players, time and venue from a box score."""
    for key, side, target in (
        ("homeTeam", Side.SIDE_HOME, game.home),
        ("awayTeam", Side.SIDE_AWAY, game.away),
    ):
        team = place.child(key)
        city, name = team.maybe("teamCity"), team.child("teamName").text()
        target.team_id = team_id(team.child("teamId").digits(1))
        target.name = f"{city.text()} {name}" if city else name
        target.short_name = team.child("teamTricode").text(max_chars=8)
        players = team.maybe("players")
        for player in players.items() if players else ():
            shirt = player.maybe("jerseyNum")
            number = shirt.text() if shirt else ""
            game.roster.add(
                player_id=player_id(player.child("personId").digits(1)),
                name=player.child("nameI").text(),
                side=side,
                shirt_number=int(number) if number.isascii() and number.isdigit() and len(number) < 3 else 0,
            )
    start = place.maybe("gameTimeUTC")
    if start:
        game.scheduled_time.FromMilliseconds(read_instant(start))
    arena = place.maybe("arena")
    venue = arena.maybe("arenaName") if arena else None
    game.venue = venue.text() if venue else ""


def sides_of(game: Game) -> dict[int, Side.ValueType]:
    """Return the sides by the feed's team ids, as far as a game of ours tells them."""
    sides: dict[int, Side.ValueType] = {}
    for team, side in ((game.home, Side.SIDE_HOME), (game.away, Side.SIDE_AWAY)):
        number = team.team_id.removeprefix("nba-")
        if number.isascii() and number.isdigit():
            sides[int(number)] = side
    return sides


def infer_sides(actions: Iterable[Action]) -> dict[int, Side.ValueType]:
    """Return the sides by team id: the home side is the one whose baskets move the home score.

    Each basket is a vote, so that one wrongly booked action does not turn a game round.
    """
    votes: dict[int, int] = {}
    teams: dict[int, None] = {}
    home = away = 0
    for action in actions:
        if action.team:
            teams.setdefault(action.team)
        if action.score is None:
            continue
        home_grew, away_grew = action.score[0] > home, action.score[1] > away
        home, away = action.score
        if action.made and action.team and home_grew != away_grew:
            votes[action.team] = votes.get(action.team, 0) + (1 if home_grew else -1)
    if not votes or len(teams) > 2:
        return {}
    surest = max(votes, key=lambda team: abs(votes[team]))
    if votes[surest] == 0:
        return {}
    side = Side.SIDE_HOME if votes[surest] > 0 else Side.SIDE_AWAY
    return {team: side if team == surest else _OTHER[side] for team in teams}


def describe_from_actions(
    actions: Iterable[Action], sides: Mapping[int, Side.ValueType], game: Game, started: datetime | None
) -> None:
    """Fill in teams and players as far as the play-by-play names them."""
    seen = {entry.player_id for entry in game.roster}
    for action in actions:
        side = sides.get(action.team)
        if side is None:
            continue
        target = game.home if side == Side.SIDE_HOME else game.away
        if not target.team_id:
            name = action.tricode or str(action.team)
            target.CopyFrom(Team(team_id=team_id(action.team), name=name, short_name=action.tricode))
        if action.player_name and action.player and player_id(action.player) not in seen:
            seen.add(player_id(action.player))
            entry = RosterEntry(player_id=player_id(action.player), name=action.player_name, side=side)
            game.roster.append(entry)
    if started is not None and not game.HasField("scheduled_time"):
        game.scheduled_time.FromDatetime(started)


def team_id(number: int) -> str:
    """Return our id of the feed's team."""
    return f"nba-{number}"


def player_id(number: int) -> str:
    """Return our id of the feed's player; empty for nobody."""
    return f"nba-{number}" if number else ""
