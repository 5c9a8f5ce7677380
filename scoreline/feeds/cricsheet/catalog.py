"""Who plays: `info` of a Cricsheet file. It has no id of the match, so one is made of date and teams."""

from __future__ import annotations

import re

from scoreline.feeds.cricsheet import specification as spec
from scoreline.feeds.document import Place
from scoreline.feeds.slugs import slug
from scoreline.v1.game_pb2 import Competition, Game, GameProvider, GameRules, RosterEntry, Side, Sport, Team

SIDES = (Side.SIDE_HOME, Side.SIDE_AWAY)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Cast:
    """The game as `info` tells it, with ids for names."""

    def __init__(self, info: Place, provider_id: str) -> None:
        teams = [place.text(max_chars=80) for place in info.child("teams").items()]
        if len(teams) != 2 or not all(teams) or teams[0] == teams[1]:
            raise info.child("teams").unfit("should name two teams")
        self.sides = dict(zip(teams, SIDES, strict=True))
        registry = info.maybe("registry")
        people = registry.maybe("people") if registry else None
        self._people = {name: place.text(max_chars=40) for name, place in people.members()} if people else {}
        self.external_game_id = _identify(info, teams)
        self.game = _game(info, teams, self.external_game_id, provider_id)
        self._ids: set[str] = set()
        players = info.maybe("players")
        for team, listed in players.members() if players else ():
            if team not in self.sides:
                raise listed.unfit("is none of the two teams")
            for name in listed.items():
                self.player(name, self.sides[team])

    def player(self, place: Place, side: Side.ValueType) -> str:
        """Return the id of a player; one who is new (a substitute) joins the roster."""
        name = place.text(max_chars=80)
        own = slug(self._people.get(name, "")) or slug(name)
        if not own:
            return ""
        player_id = f"cricsheet-{own}"
        if player_id not in self._ids:
            self._ids.add(player_id)
            self.game.roster.append(RosterEntry(player_id=player_id, name=name, side=side))
        return player_id

    def side(self, place: Place) -> Side.ValueType:
        """Return the side of a team's name."""
        side = self.sides.get(place.text(max_chars=80))
        if side is None:
            raise place.unfit("is none of the two teams")
        return side


def competition_of(info: Place) -> Competition | None:
    """Return the competition, where the file names one."""
    event = info.maybe("event")
    name = event.maybe("name") if event else None
    if name is None or not slug(name.text()):
        return None
    competition_id = f"cricsheet-{slug(name.text(), 50)}"
    return Competition(competition_id=competition_id, name=name.text(), sport=Sport.SPORT_CRICKET)


def _identify(info: Place, teams: list[str]) -> str:
    date = _date(info)
    event = info.maybe("event")
    number = (event.maybe("match_number") if event else None) or info.maybe("match_type_number")
    parts = [date, slug(teams[0], 14), slug(teams[1], 14), str(number.digits(0, 999_999)) if number else ""]
    if _gender(info):
        parts.append("w")
    return "-".join(part for part in parts if part)


def _date(info: Place) -> str:
    dates = info.child("dates").items()
    if not dates:
        raise info.child("dates").unfit("is empty")
    date = dates[0].text(max_chars=10)
    if not _DATE.fullmatch(date):
        raise dates[0].unfit("should be a date, such as 2016-07-06")
    return date


def _gender(info: Place) -> bool:
    gender = info.maybe("gender")
    return gender is not None and gender.text() == "female"


def _game(info: Place, teams: list[str], external_game_id: str, provider_id: str) -> Game:
    match_type = info.maybe("match_type")
    is_long = match_type is not None and match_type.text() in spec.LONG_MATCHES
    balls = info.maybe("balls_per_over")
    season, venue = info.maybe("season"), info.maybe("venue")
    game = Game(
        sport=Sport.SPORT_CRICKET,
        providers=[GameProvider(provider_id=provider_id, external_game_id=external_game_id)],
        rules=GameRules(
            regular_periods=4 if is_long else 2, balls_per_over=balls.whole(1, 10) if balls else 6
        ),
        venue=venue.text() if venue else "",
    )
    if season is not None:
        game.season = str(season.value) if isinstance(season.value, int) else season.text(max_chars=20)
    suffix = "-women" if _gender(info) else ""
    for name, target in zip(teams, (game.home, game.away), strict=True):
        team_id = f"cricsheet-{slug(name, 44) or external_game_id[:40]}{suffix}"
        target.CopyFrom(Team(team_id=team_id, name=name, short_name=_short(name)))
    if game.home.team_id == game.away.team_id:
        game.away.team_id += "-2"
    try:
        game.scheduled_time.FromJsonString(f"{_date(info)}T00:00:00Z")
    except ValueError:
        raise info.child("dates").unfit("should hold dates, such as 2016-07-06") from None
    return game


def _short(name: str) -> str:
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0] for word in words).upper()[:8] if len(words) > 1 else name[:3].upper()
