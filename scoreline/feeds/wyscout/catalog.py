"""Who plays: teams and players as a Wyscout file lists them."""

from __future__ import annotations

import re

from scoreline.feeds.document import Place
from scoreline.v1.game_pb2 import Game, GameProvider, RosterEntry, Side, Sport, Team

# Names in the published files are escaped twice: the text itself holds `\u0107`.
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def read_game(root: Place, provider_id: str) -> tuple[Game, dict[int, Side.ValueType]]:
    """Return the game as far as the file tells it, and the sides by team id."""
    teams = list(root.child("teams").members())
    if len(teams) != 2:
        raise root.child("teams").unfit(f"should hold two teams, holds {len(teams)}")
    game = Game(sport=Sport.SPORT_FOOTBALL, providers=[GameProvider(provider_id=provider_id)])
    sides: dict[int, Side.ValueType] = {}
    for side, target, (key, place) in zip(
        (Side.SIDE_HOME, Side.SIDE_AWAY), (game.home, game.away), teams, strict=True
    ):
        team = place.maybe("team") or place
        team_id = Place(key, place.path).digits(1)
        target.CopyFrom(_read_team(team, team_id))
        sides[team_id] = side
        _read_players(root, key, side, game)
    if len(sides) != 2:
        raise root.child("teams").unfit("holds one team twice")
    return game, sides


def _read_team(place: Place, team_id: int) -> Team:
    name = _unescape(place.child("name").text())
    team = Team(team_id=f"wyscout-{team_id}", name=name)
    kind, area = place.maybe("type"), place.maybe("area")
    if kind is not None and kind.text() == "national" and area is not None:
        code = area.maybe("alpha3code")
        text = code.text(max_chars=3) if code else ""
        # Codes that begin with X are Wyscout's own (XEN is England): nobody reads them.
        team.short_name = text if text and not text.startswith("X") else name[:3].upper()
    return team


def _read_players(root: Place, team_key: str, side: Side.ValueType, game: Game) -> None:
    players = root.maybe("players")
    listed = players.maybe(team_key) if players else None
    for place in listed.items() if listed else ():
        player = place.maybe("player") or place
        player_id = f"wyscout-{player.child('wyId').digits(1)}"
        if all(entry.player_id != player_id for entry in game.roster):
            name = _unescape(player.child("shortName").text())
            game.roster.append(RosterEntry(player_id=player_id, name=name, side=side))


def _unescape(text: str) -> str:
    def letter(found: re.Match[str]) -> str:
        code = int(found[1], 16)
        # Half a surrogate pair or a control character is no letter of a name.
        return "\ufffd" if code < 0x20 or 0x7F <= code <= 0x9F or 0xD800 <= code <= 0xDFFF else chr(code)

    return _ESCAPED.sub(letter, text)
