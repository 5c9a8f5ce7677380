"""Translate the play-by-play of data.nba.com: `{g: {gid, gcode, pd: [{p, pla: [...]}]}}`.

Rules that the format leaves to the reader:

- The order is that of the document; `evt` names the fact. Every play states the score, `hs` and `vs`.
- Home is the second team of `gcode` (`20161130/WASOKC`), but only by its letters: the sides by team id come
  from whose baskets move which score, or from the registered game.
- `opt1` is the worth of a shot, but not of a free throw; an attempt is missed when its description says so.
- `oftid` is who has the ball: it becomes possession.
- `Game End` is the end of the game; it takes the place of the end of the last period, which is told first.
"""

from __future__ import annotations

from collections.abc import Iterator

from scoreline.feeds.adapter import GameLookup, GameTranslation, Malformed, Translation, nobody_knows
from scoreline.feeds.document import Place, Unfit, read_json
from scoreline.feeds.nba_data import specification as spec
from scoreline.feeds.nba_live import catalog
from scoreline.feeds.nba_live.actions import Action
from scoreline.feeds.nba_live.translation import translate_actions
from scoreline.feeds.nba_stats import specification as stats
from scoreline.feeds.nba_stats.tables import number_of, text_of
from scoreline.feeds.nba_stats.translation import with_end
from scoreline.v1.game_pb2 import Sport

_MAX_PERIOD = 24
_MAX_LEFT_MS = 20 * 60_000


class NbaData:
    """The play-by-play of data.nba.com."""

    name = "nba-data"
    aliases = ("data-nba",)
    sport = Sport.SPORT_BASKETBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one game."""
        try:
            return Translation((_translate(read_json(document).child("g"), provider_id, lookup),))
        except Unfit as unfit:
            return unfit.malformed


def _translate(place: Place, provider_id: str, lookup: GameLookup) -> GameTranslation:
    external_game_id = place.child("gid").text(max_chars=10)
    if not (external_game_id.isascii() and external_game_id.isdigit()):
        raise place.child("gid").unfit("should hold digits only")
    game, competition = catalog.propose_game(external_game_id, provider_id)
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None else f"nba-{external_game_id}"
    actions = list(_actions(place.child("pd")))
    told = GameTranslation(external_game_id, game, competition, (), complete=False)
    told = translate_actions(told, with_end(actions), known)
    _name_teams(place, told)
    return told


def _name_teams(place: Place, told: GameTranslation) -> None:
    code = place.maybe("gcode")
    letters = code.text(max_chars=40).partition("/")[2] if code else ""
    if len(letters) != 6 or not (letters.isascii() and letters.isalnum()):
        return
    for team, short in ((told.game.away, letters[:3]), (told.game.home, letters[3:])):
        if team.team_id and not team.short_name:
            team.name = team.short_name = short


def _actions(place: Place) -> Iterator[Action]:
    order = 0
    for period in place.items():
        number = period.child("p").digits(1, _MAX_PERIOD)
        for play in period.child("pla").items():
            action = _read_play(play, number, order)
            if action.kind == "game":
                yield action._replace(number=action.number, kind="period", tag="-period")
                order += 1
                action = action._replace(order=order)
            yield action
            order += 1


def _read_play(place: Place, period: int, order: int) -> Action:
    message, said = place.child("etype").digits(), text_of(place, "de")
    left = place.child("cl")
    left_ms = stats.clock_left_ms(left.text(max_chars=10))
    if left_ms is None or left_ms > _MAX_LEFT_MS:
        raise left.unfit("should be what is left of a period, such as 11:39 or 00:09.6")
    kind, sub_kind, descriptor = _kind_of(place, message, said)
    team, person = number_of(place, "tid"), number_of(place, "pid")
    return Action(
        place=place,
        number=place.child("evt").digits(),
        order=order,
        kind=kind,
        sub_kind=sub_kind,
        descriptor=descriptor,
        period=period,
        left_ms=left_ms,
        at_ms=None,
        edited_ms=0,
        team=team,
        tricode="",
        player=person if team and person < stats.LEAST_TEAM_ID else 0,
        player_name="",
        assist=_person(place, "epid") if message == stats.MADE else 0,
        possession=number_of(place, "oftid"),
        score=(place.child("hs").digits(0, 400), place.child("vs").digits(0, 400)),
        made=message == stats.MADE or (message == stats.FREE_THROW and spec.MISSED not in said),
        text=said,
    )


def _kind_of(place: Place, message: int, said: str) -> tuple[str, str, str]:
    code = number_of(place, "mtype")
    if message in (stats.MADE, stats.MISSED):
        return f"{place.child('opt1').digits(2, 3)}pt", "", ""
    if message == stats.FREE_THROW:
        return stats.free_throw_kind(said), "", ""
    if message == stats.FOUL:
        return "foul", *stats.foul_kind(code)
    if message == stats.TURNOVER:
        return "turnover", stats.turnover_kind(code), ""
    if message == stats.PERIOD_END and said == spec.GAME_END:
        return "game", "end", ""
    sub_kind = {stats.PERIOD_START: "start", stats.PERIOD_END: "end"}.get(message, "")
    return stats.MESSAGES.get(message, "other"), sub_kind, ""


def _person(place: Place, key: str) -> int:
    found = place.maybe(key)
    return found.digits() if found is not None and found.value != "" else 0
