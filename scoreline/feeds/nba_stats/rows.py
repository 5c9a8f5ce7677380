"""The rows of version 2, read as actions of the live feed."""

from __future__ import annotations

import re

from scoreline.feeds.document import Place, excerpt
from scoreline.feeds.nba_live.actions import Action
from scoreline.feeds.nba_stats import specification as spec
from scoreline.feeds.nba_stats.tables import number_of, rows_of, text_of
from scoreline.v1.game_pb2 import Game, Side, Team

_MAX_PERIOD = 24
_MAX_LEFT_MS = 20 * 60_000
_SCORE = re.compile(r"(\d{1,3}) - (\d{1,3})", re.ASCII)
#: PERSON1TYPE: who the first person of a row is.
_HOME, _VISITOR = (2, 4), (3, 5)


def read_rows(root: Place) -> tuple[str, list[Action], dict[int, Side.ValueType]]:
    """Return the id of the game, its actions in order of rows, and the sides by team."""
    game_id, sides = "", dict[int, Side.ValueType]()
    latest: dict[int, Action] = {}
    for order, row in enumerate(rows_of(root, "PlayByPlay")):
        found = row.child("GAME_ID").text(max_chars=10)
        if game_id and found != game_id:
            raise row.child("GAME_ID").unfit(f"differs from that of the first row, {game_id}")
        game_id = found
        action = _read_row(row, order)
        person = number_of(row, "PERSON1TYPE")
        if action.team and person in _HOME + _VISITOR:
            sides.setdefault(action.team, Side.SIDE_HOME if person in _HOME else Side.SIDE_AWAY)
        latest[action.number] = action
    return game_id, sorted(latest.values(), key=lambda one: one.order), _two(sides)


def name_teams(root: Place, game: Game, sides: dict[int, Side.ValueType]) -> None:
    """Fill in the teams as the rows name them."""
    for row in rows_of(root, "PlayByPlay"):
        team = number_of(row, "PLAYER1_TEAM_ID")
        side = sides.get(team)
        target = game.home if side == Side.SIDE_HOME else game.away
        if side is None or target.team_id:
            continue
        name = f"{text_of(row, 'PLAYER1_TEAM_CITY', 100)} {text_of(row, 'PLAYER1_TEAM_NICKNAME', 90)}".strip()
        short = text_of(row, "PLAYER1_TEAM_ABBREVIATION", 8)
        if name:
            target.CopyFrom(Team(team_id=f"nba-{team}", name=name, short_name=short))


def _read_row(row: Place, order: int) -> Action:
    message, code = row.child("EVENTMSGTYPE").digits(), number_of(row, "EVENTMSGACTIONTYPE")
    keys = ("HOMEDESCRIPTION", "VISITORDESCRIPTION", "NEUTRALDESCRIPTION")
    said = " / ".join(filter(None, (text_of(row, key) for key in keys)))
    left = row.child("PCTIMESTRING")
    left_ms = spec.clock_left_ms(left.text(max_chars=10))
    if left_ms is None or left_ms > _MAX_LEFT_MS:
        raise left.unfit(f"should be what is left of a period, such as 11:39, is {excerpt(left.value)}")
    kind, sub_kind, descriptor = _kind_of(message, code, said)
    person, team = number_of(row, "PLAYER1_ID"), number_of(row, "PLAYER1_TEAM_ID")
    if not team and person >= spec.LEAST_TEAM_ID:
        team, person = person, 0
    is_made = message == spec.MADE or (message == spec.FREE_THROW and "MISS" not in said)
    known = bool(team and person)
    return Action(
        place=row,
        number=row.child("EVENTNUM").digits(),
        order=order,
        kind=kind,
        sub_kind=sub_kind,
        descriptor=descriptor,
        period=row.child("PERIOD").digits(1, _MAX_PERIOD),
        left_ms=left_ms,
        at_ms=None,
        edited_ms=0,
        team=team,
        tricode=text_of(row, "PLAYER1_TEAM_ABBREVIATION", 8),
        # Officials have numbers too, but no team.
        player=person if known else 0,
        player_name=text_of(row, "PLAYER1_NAME", 100) if known else "",
        assist=number_of(row, "PLAYER2_ID") if message == spec.MADE else 0,
        possession=0,
        score=_score(row),
        made=is_made,
        text=said[:300],
    )


def _kind_of(message: int, code: int, said: str) -> tuple[str, str, str]:
    if message in (spec.MADE, spec.MISSED):
        return spec.shot_kind(said), "", ""
    if message == spec.FREE_THROW:
        return spec.free_throw_kind(said), "", ""
    if message == spec.FOUL:
        return "foul", *spec.foul_kind(code)
    sub_kind = {spec.PERIOD_START: "start", spec.PERIOD_END: "end"}.get(message, "")
    if message == spec.TURNOVER:
        sub_kind = spec.turnover_kind(code)
    return spec.MESSAGES.get(message, "other"), sub_kind, ""


def _score(row: Place) -> tuple[int, int] | None:
    score = row.maybe("SCORE")
    if score is None:
        return None
    found = _SCORE.fullmatch(score.text(max_chars=20).strip())
    if found is None:
        raise score.unfit(f"should be `away - home`, is {excerpt(score.value)}")
    return int(found[2]), int(found[1])


def _two(sides: dict[int, Side.ValueType]) -> dict[int, Side.ValueType]:
    # Anything else than one of each is a document that can't be trusted in this.
    return sides if sorted(sides.values()) == [Side.SIDE_HOME, Side.SIDE_AWAY] else {}
