"""What may be registered, and what a registration means for what is registered already [B10].

Pure: knows no database. Field names are those of the request, such as `games[3].home.team_id`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from scoreline.domain.ids import is_id
from scoreline.v1.catalog_service_pb2 import ImportCatalogRequest
from scoreline.v1.game_pb2 import Competition, Game, Player, RosterEntry, Side, Sport, Team
from stated.core.reducers import SPORTS
from stated.refusals import contradiction, invalid

MAX_ENTITIES = 1000
MAX_NAME_CHARS = 200
MAX_SHORT_NAME_CHARS = 8
MAX_ROSTER = 500
MAX_ROSTER_NUMBER = 65_535
_MAX_PERIODS = 12
#: Sports in which each period has a place of its own in the state.
_MOST_PERIODS = {Sport.SPORT_TENNIS: 5, Sport.SPORT_CRICKET: 4}
_MAX_BALLS_PER_OVER = 10
_MAX_PERIOD_S = 4 * 3600
_COUNTRY = re.compile(r"[A-Z]{3}", re.ASCII)


def check_import(request: ImportCatalogRequest) -> None:
    """Raise the first thing that is wrong with a request in itself."""
    for kind, count in (
        ("competitions", len(request.competitions)),
        ("teams", len(request.teams)),
        ("players", len(request.players)),
        ("games", len(request.games)),
    ):
        if count > MAX_ENTITIES:
            raise invalid(kind, f"{count} entities; at most {MAX_ENTITIES}", limit=str(MAX_ENTITIES))
    _each("competitions", request.competitions, _check_competition)
    _each("teams", request.teams, _check_team)
    _each("players", request.players, _check_player)
    _each("games", request.games, _check_game)


def settle(known: Game | None, asked: Game, field: str) -> Game:
    """Return the game as it is registered from now on, without its topic.

    Players that are known stay, under their numbers; new ones join.

    Raises:
        ScorelineError: `asked` contradicts what is known.
    """
    game = Game()
    game.CopyFrom(asked)
    game.ClearField("topic")
    if known is not None:
        if asked.sport != known.sport:
            raise contradiction(f"{field}.sport", f"registered as {Sport.Name(known.sport)}")
        if asked.topic and known.topic and asked.topic != known.topic:
            raise contradiction(f"{field}.topic", f"registered as {known.topic}")
    game.ClearField("roster")
    game.roster.extend(_numbered(known.roster if known else (), asked.roster, f"{field}.roster"))
    return game


def _numbered(known: Iterable[RosterEntry], asked: Sequence[RosterEntry], field: str) -> list[RosterEntry]:
    entries = {entry.player_id: entry for entry in known}
    numbers = {entry.roster_number: entry.player_id for entry in entries.values()}
    unnumbered: list[RosterEntry] = []
    for i, entry in enumerate(asked):
        before = entries.get(entry.player_id)
        settled = RosterEntry()
        settled.CopyFrom(entry)
        if before is not None and not settled.roster_number:
            settled.roster_number = before.roster_number
        if before is not None and settled.roster_number != before.roster_number:
            raise contradiction(
                f"{field}[{i}].roster_number", f"{entry.player_id} is registered as {before.roster_number}"
            )
        if not settled.roster_number:
            unnumbered.append(settled)
            continue
        holder = numbers.setdefault(settled.roster_number, entry.player_id)
        if holder != entry.player_id:
            raise contradiction(f"{field}[{i}].roster_number", f"{settled.roster_number} is {holder}'s")
        entries[entry.player_id] = settled
    # Home first, so that the numbers of a fresh roster read like a team sheet.
    free = 1
    for entry in sorted(unnumbered, key=lambda entry: entry.side):
        while free in numbers:
            free += 1
        entry.roster_number = free
        numbers[free] = entry.player_id
        entries[entry.player_id] = entry
    return sorted(entries.values(), key=lambda entry: entry.roster_number)


def _check_competition(competition: Competition, field: str) -> None:
    _check_id(competition.competition_id, f"{field}.competition_id")
    _check_name(competition.name, f"{field}.name")
    _check_sport(competition.sport, f"{field}.sport")
    if competition.country and not _COUNTRY.fullmatch(competition.country):
        raise invalid(f"{field}.country", "an ISO 3166-1 alpha-3 code such as `FRA`, or empty")


def _check_team(team: Team, field: str) -> None:
    _check_id(team.team_id, f"{field}.team_id")
    _check_name(team.name, f"{field}.name")
    _check_name(team.short_name, f"{field}.short_name", limit=MAX_SHORT_NAME_CHARS, optional=True)


def _check_player(player: Player, field: str) -> None:
    _check_id(player.player_id, f"{field}.player_id")
    _check_name(player.name, f"{field}.name")
    if player.team_id:
        _check_id(player.team_id, f"{field}.team_id")


def _check_game(game: Game, field: str) -> None:
    _check_id(game.game_id, f"{field}.game_id")
    _check_sport(game.sport, f"{field}.sport")
    if game.sport not in SPORTS:
        raise invalid(f"{field}.sport", f"games of {Sport.Name(game.sport)} can't be folded yet")
    if game.competition_id:
        _check_id(game.competition_id, f"{field}.competition_id")
    _check_name(game.season, f"{field}.season", limit=64, optional=True)
    _check_name(game.venue, f"{field}.venue", optional=True)
    _check_team(game.home, f"{field}.home")
    _check_team(game.away, f"{field}.away")
    if game.home.team_id == game.away.team_id:
        raise invalid(f"{field}.away.team_id", "a team can't play itself")
    if not 0 <= game.scheduled_time.nanos < 1_000_000_000 or abs(game.scheduled_time.seconds) > 2**37:
        raise invalid(f"{field}.scheduled_time", "not a time")
    rules = game.rules
    most_periods = min(_MAX_PERIODS, _MOST_PERIODS.get(game.sport, _MAX_PERIODS))
    for name, value, limit in (
        ("regular_periods", rules.regular_periods, most_periods),
        ("balls_per_over", rules.balls_per_over, _MAX_BALLS_PER_OVER),
        ("regular_period_s", rules.regular_period_s, _MAX_PERIOD_S),
        ("overtime_period_s", rules.overtime_period_s, _MAX_PERIOD_S),
    ):
        if value > limit:
            raise invalid(f"{field}.rules.{name}", f"at most {limit}")
    _check_providers(game, field)
    _check_roster(game, field)


def _check_providers(game: Game, field: str) -> None:
    seen: set[str] = set()
    for i, provider in enumerate(game.providers):
        at = f"{field}.providers[{i}]"
        _check_id(provider.provider_id, f"{at}.provider_id")
        _check_name(provider.external_game_id, f"{at}.external_game_id", limit=128, optional=True)
        if provider.provider_id in seen:
            raise invalid(f"{at}.provider_id", "named twice")
        seen.add(provider.provider_id)


def _check_roster(game: Game, field: str) -> None:
    if len(game.roster) > MAX_ROSTER:
        raise invalid(f"{field}.roster", f"at most {MAX_ROSTER}")
    players: set[str] = set()
    numbers: set[int] = set()
    for i, entry in enumerate(game.roster):
        at = f"{field}.roster[{i}]"
        _check_id(entry.player_id, f"{at}.player_id")
        _check_name(entry.name, f"{at}.name")
        if entry.side not in (Side.SIDE_HOME, Side.SIDE_AWAY):
            raise invalid(f"{at}.side", "home or away")
        if entry.roster_number > MAX_ROSTER_NUMBER:
            raise invalid(f"{at}.roster_number", f"at most {MAX_ROSTER_NUMBER}")
        if entry.player_id in players:
            raise invalid(f"{at}.player_id", "named twice")
        if entry.roster_number and entry.roster_number in numbers:
            raise invalid(f"{at}.roster_number", "given twice")
        players.add(entry.player_id)
        numbers.add(entry.roster_number)


def _each(kind: str, entities: Sequence, check: Callable) -> None:  # type: ignore[type-arg]  # four kinds, each with its own check
    for i, entity in enumerate(entities):
        check(entity, f"{kind}[{i}]")


def _check_id(text: str, field: str) -> None:
    if not is_id(text):
        raise invalid(field, "1 to 64 letters, digits, `_` or `-`")


def _check_name(text: str, field: str, *, limit: int = MAX_NAME_CHARS, optional: bool = False) -> None:
    if not text and not optional:
        raise invalid(field, "required")
    if len(text) > limit:
        raise invalid(field, f"at most {limit} characters")
    # PostgreSQL can't store NUL, and nobody can read the others.
    if any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in text):
        raise invalid(field, "control characters are not allowed")


def _check_sport(sport: Sport.ValueType, field: str) -> None:
    if sport == Sport.SPORT_UNSPECIFIED:
        raise invalid(field, "required")
    if sport not in Sport.values():
        raise invalid(field, "not a sport")
