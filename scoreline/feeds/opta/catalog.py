"""Who plays: an F7 document, or what an F24 document says in its head."""

from __future__ import annotations

import re
from datetime import datetime

from scoreline.feeds.document import Place
from scoreline.feeds.markup import Element
from scoreline.v1.game_pb2 import Game, GameProvider, RosterEntry, Side, Sport, Team

_STAMP = re.compile(r"\d{8}T\d{6}[+-]\d{4}", re.ASCII)


def propose(external_game_id: str, provider_id: str) -> Game:
    """Return what the id alone tells."""
    return Game(
        sport=Sport.SPORT_FOOTBALL,
        providers=[GameProvider(provider_id=provider_id, external_game_id=external_game_id)],
    )


def pair_id(teams: set[int]) -> str:
    """Return a name for a match of which only the two teams are told."""
    return "-".join(str(team) for team in sorted(teams))


def number(place: Place, prefix: str) -> int:
    """Return the number of an id such as `t569`, which other documents write without its letter."""
    return Place(place.text(max_chars=20).removeprefix(prefix), place.path).digits(1)


def sides_of(game: Game) -> dict[int, Side.ValueType]:
    """Return the sides by Opta's numbers, as far as a game of ours tells them."""
    sides: dict[int, Side.ValueType] = {}
    for team, side in ((game.home, Side.SIDE_HOME), (game.away, Side.SIDE_AWAY)):
        told = team.team_id.removeprefix("opta-")
        if told.isascii() and told.isdigit():
            sides[int(told)] = side
    return sides


def read_head(place: Element, game: Game) -> None:
    """Take the teams from the head of an F24 document."""
    for key, target in (("home", game.home), ("away", game.away)):
        team = place.attributes.maybe(f"{key}_team_id")
        if team is not None and not target.team_id:
            told = team.digits(1)
            target.CopyFrom(Team(team_id=f"opta-{told}", name=place.get(f"{key}_team_name") or str(told)))


def read_match(document: Element, game: Game) -> None:
    """Take teams, players and the start from the `SoccerDocument` of an F7 feed."""
    data = document.first("MatchData")
    assert data is not None
    info = data.first("MatchInfo")
    start = info.first("Date") if info else None
    if start is not None and _STAMP.fullmatch(start.text):
        try:
            game.scheduled_time.FromDatetime(datetime.strptime(start.text, "%Y%m%dT%H%M%S%z"))
        except (ValueError, OverflowError):
            raise start.attributes.unfit("should be a time, such as 20180923T150000+0100") from None
    shirts = _shirts(data)
    sides = {number(team.attributes.child("TeamRef"), "t"): _side(team) for team in data.named("TeamData")}
    for team in document.named("Team"):
        told = number(team.attributes.child("uID"), "t")
        side = sides.get(told)
        if side is None:
            continue
        target = game.home if side == Side.SIDE_HOME else game.away
        name = team.first("Name")
        target.CopyFrom(Team(team_id=f"opta-{told}", name=(name.text if name else "") or str(told)))
        for player in team.named("Player"):
            player_number = number(player.attributes.child("uID"), "p")
            game.roster.append(
                RosterEntry(
                    player_id=f"opta-{player_number}",
                    name=_name(player) or str(player_number),
                    side=side,
                    shirt_number=shirts.get(player_number, 0),
                )
            )


def _side(team: Element) -> Side.ValueType:
    told = team.attributes.child("Side").text(max_chars=8)
    if told not in ("Home", "Away"):
        raise team.attributes.child("Side").unfit("should be Home or Away")
    return Side.SIDE_HOME if told == "Home" else Side.SIDE_AWAY


def _shirts(data: Element) -> dict[int, int]:
    shirts: dict[int, int] = {}
    for team in data.named("TeamData"):
        line_up = team.first("PlayerLineUp")
        for player in line_up.named("MatchPlayer") if line_up else ():
            shirt = player.attributes.maybe("ShirtNumber")
            if shirt is not None:
                shirts[number(player.attributes.child("PlayerRef"), "p")] = shirt.digits(0, 999)
    return shirts


def _name(player: Element) -> str:
    told = player.first("PersonName")
    if told is None:
        return ""
    parts = {part.tag: Place(part.text, part.attributes.path).text() for part in told.children}
    if parts.get("Known"):
        return parts["Known"]
    first, last = parts.get("First", ""), parts.get("Last", "")
    return f"{first[0]}. {last}" if first and last else last or first
