"""Who plays: the `MatchInformation` of a DFL document."""

from __future__ import annotations

from scoreline.feeds.document import Place
from scoreline.feeds.instants import read_instant_ms
from scoreline.feeds.markup import Element
from scoreline.feeds.slugs import slug
from scoreline.v1.game_pb2 import Competition, Game, GameProvider, RosterEntry, Side, Sport, Team


def own_id(place: Place) -> str:
    """Return our id of what the feed names, such as `dfl-clu-00000a` for DFL-CLU-00000A."""
    told = slug(place.text(max_chars=40))
    if not told:
        raise place.unfit("should be an id, such as DFL-CLU-00000A")
    return told if told.startswith("dfl-") else f"dfl-{told}"


def propose(match_id: str, provider_id: str) -> Game:
    """Return what the id alone tells."""
    return Game(
        sport=Sport.SPORT_FOOTBALL,
        providers=[GameProvider(provider_id=provider_id, external_game_id=match_id)],
    )


def sides_of(game: Game) -> dict[str, Side.ValueType]:
    """Return the sides by our ids of the teams."""
    told = {game.home.team_id: Side.SIDE_HOME, game.away.team_id: Side.SIDE_AWAY}
    return {team_id: side for team_id, side in told.items() if team_id}


def read_match(place: Element, game: Game) -> Competition | None:
    """Take teams, players, time and venue; return the competition."""
    general = place.first("General")
    assert general is not None
    for key, target in (("Home", game.home), ("Guest", game.away)):
        name = general.get(f"{key}TeamName") or general.get(f"{key}TeamId")
        target.CopyFrom(Team(team_id=own_id(general.attributes.child(f"{key}TeamId")), name=name))
    if game.home.team_id == game.away.team_id:
        raise general.attributes.child("GuestTeamId").unfit("is the home side's")
    start = general.attributes.maybe("PlannedKickoffTime") or general.attributes.maybe("KickoffTime")
    if start is not None:
        game.scheduled_time.FromMilliseconds(read_instant_ms(start))
    game.season = general.get("Season", max_chars=64)
    environment = place.first("Environment")
    game.venue = environment.get("StadiumName") if environment else ""
    _read_players(place, game)
    competition_id = slug(general.get("CompetitionId"))
    if not competition_id:
        return None
    game.competition_id = competition_id
    name = general.get("CompetitionName") or competition_id
    return Competition(competition_id=competition_id, name=name, sport=Sport.SPORT_FOOTBALL, country="DEU")


def _read_players(place: Element, game: Game) -> None:
    sides = sides_of(game)
    teams = place.first("Teams")
    known: set[str] = set()
    for team in teams.named("Team") if teams else ():
        side = sides.get(own_id(team.attributes.child("TeamId")))
        players = team.first("Players")
        if side is None or players is None:
            continue
        for player in players.named("Player"):
            player_id = own_id(player.attributes.child("PersonId"))
            if player_id in known:
                continue
            known.add(player_id)
            shirt = player.attributes.maybe("ShirtNumber")
            name = player.get("Shortname") or player.get("LastName") or player_id
            number = shirt.digits(0, 999) if shirt else 0
            game.roster.append(RosterEntry(player_id=player_id, name=name, side=side, shirt_number=number))
