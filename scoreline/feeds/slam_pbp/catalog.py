"""Who plays: from the list of matches, else from the id of the match alone."""

from __future__ import annotations

from typing import NamedTuple

from scoreline.feeds.adapter import GameLookup, GameTranslation, TimedEvent
from scoreline.feeds.document import Place
from scoreline.feeds.slam_pbp import specification as spec
from scoreline.feeds.slugs import slug
from scoreline.v1.event_pb2 import EventAction, FeedOrdering, GameEvent
from scoreline.v1.event_tennis_pb2 import Concession, GameConceded
from scoreline.v1.game_pb2 import Competition, Game, GameProvider, RosterEntry, Side, Sport, Team

#: The place of a concession, which only the list of matches tells: after every point.
ENDING_SEQUENCE = 1 << 40
_OTHER = {Side.SIDE_HOME: Side.SIDE_AWAY, Side.SIDE_AWAY: Side.SIDE_HOME}


class Proposal(NamedTuple):
    """A match as far as its id tells it."""

    external_game_id: str
    game: Game
    competition: Competition


def propose(place: Place, provider_id: str, lookup: GameLookup, event_name: str = "") -> Proposal:
    """Return the match of a row, by its `match_id`; what is registered is known better."""
    match_id = place.child("match_id").text(max_chars=48)
    found = spec.MATCH_ID.fullmatch(match_id)
    if found is None:
        raise place.child("match_id").unfit("should be year-tournament-number, such as 2011-wimbledon-1105")
    year, tournament, number = int(found[1]), found[2], found[3]
    known = lookup(match_id)
    game = Game(
        sport=Sport.SPORT_TENNIS,
        competition_id=f"slam-{tournament}",
        season=found[1],
        providers=[GameProvider(provider_id=provider_id, external_game_id=match_id)],
        rules=spec.rules_of(year, tournament, spec.event_of(number, event_name)),
    )
    game.game_id = known.game_id if known is not None and known.game_id else f"slam-{match_id}"
    if known is not None:
        game.home.CopyFrom(known.home)
        game.away.CopyFrom(known.away)
        if known.HasField("rules"):
            game.rules.CopyFrom(known.rules)
    else:
        game.home.CopyFrom(Team(team_id=f"slam-{match_id}-1", name="Player 1"))
        game.away.CopyFrom(Team(team_id=f"slam-{match_id}-2", name="Player 2"))
    name = spec.TOURNAMENTS.get(tournament, tournament)
    competition = Competition(competition_id=game.competition_id, name=name, sport=Sport.SPORT_TENNIS)
    return Proposal(match_id, game, competition)


def describe(place: Place, provider_id: str, lookup: GameLookup) -> GameTranslation:
    """Return the match of a row of the list, with its end where no point tells it."""
    match_id, game, competition = propose(place, provider_id, lookup, _text(place, "event_name"))
    for number, target, side in ((1, game.home, Side.SIDE_HOME), (2, game.away, Side.SIDE_AWAY)):
        players = [
            (name, _text(place, key))
            for key, name in (
                (f"player{number}id", _text(place, f"player{number}")),
                ("", _text(place, f"partner{number}")),
            )
            if name
        ]
        if not players:
            raise place.child(f"player{number}").unfit("is empty")
        ids = [f"slam-{slug(own) or slug(name) or number}"[:60] for name, own in players]
        target.CopyFrom(Team(team_id="-".join(ids)[:64], name=" / ".join(name for name, _ in players)))
        for player_id, (name, _) in zip(ids, players, strict=True):
            if all(entry.player_id != player_id for entry in game.roster):
                game.roster.append(RosterEntry(player_id=player_id, name=name, side=side))
    if game.home.team_id == game.away.team_id:
        game.away.team_id = f"{game.away.team_id[:62]}-2"
    game.venue = _text(place, "court_name")
    ending = _ending(place, game.game_id)
    return GameTranslation(match_id, game, competition, (), complete=False, ending=ending)


def _ending(place: Place, game_id: str) -> tuple[TimedEvent, ...]:
    """Return the concession of a match that was not played to its end; no point shows it."""
    concession = spec.CONCESSIONS.get(_text(place, "status").lower()[:3])
    winner = spec.WINNERS.get(_text(place, "winner"))
    if concession is None or winner is None:
        return ()
    assert concession != Concession.CONCESSION_UNSPECIFIED
    event = GameEvent(
        game_id=game_id,
        event_id="concession",
        action=EventAction.EVENT_ACTION_CREATE,
        ordering=FeedOrdering.FEED_ORDERING_MONOTONIC,
        sequence=ENDING_SEQUENCE,
        side=_OTHER[winner],
        game_conceded=GameConceded(concession=concession),
    )
    return (TimedEvent(0.0, event),)


def _text(place: Place, key: str) -> str:
    found = place.maybe(key) if key else None
    return found.text().strip() if found else ""
