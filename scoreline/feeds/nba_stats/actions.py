"""The actions of version 3, read as actions of the live feed."""

from __future__ import annotations

from scoreline.feeds.document import Place
from scoreline.feeds.nba_live.actions import Action
from scoreline.feeds.nba_live.specification import clock_left_ms
from scoreline.feeds.nba_stats import specification as spec
from scoreline.feeds.nba_stats.tables import number_of, text_of
from scoreline.v1.game_pb2 import Side

_MAX_PERIOD = 24
_MAX_LEFT_MS = 20 * 60_000
_LOCATIONS = {"h": Side.SIDE_HOME, "v": Side.SIDE_AWAY}


def read_actions(place: Place) -> tuple[list[Action], dict[int, Side.ValueType]]:
    """Return the actions in order and the sides by team."""
    sides: dict[int, Side.ValueType] = {}
    actions: dict[tuple[int, str], Action] = {}
    for order, item in enumerate(place.items()):
        action = _read_action(item, order)
        side = _LOCATIONS.get(text_of(item, "location", 4))
        if action.team and side is not None:
            sides.setdefault(action.team, side)
        actions[action.number, action.tag] = action
    if sorted(sides.values()) != [Side.SIDE_HOME, Side.SIDE_AWAY]:
        sides = {}
    return sorted(actions.values(), key=lambda one: one.order), sides


def _read_action(place: Place, order: int) -> Action:
    word, sub_word = place.child("actionType").text(max_chars=40).lower(), text_of(place, "subType", 100)
    said = text_of(place, "description")
    left = place.child("clock")
    left_ms = clock_left_ms(left.text(max_chars=40))
    if left_ms is None or left_ms > _MAX_LEFT_MS:
        raise left.unfit("should be what is left of a period, such as PT11M22.00S")
    kind, sub_kind, descriptor = _kind_of(place, word, sub_word)
    person, team = number_of(place, "personId"), number_of(place, "teamId")
    if not team and person >= spec.LEAST_TEAM_ID:
        team, person = person, 0
    return Action(
        place=place,
        number=place.child("actionNumber").digits(),
        order=order,
        kind=kind,
        sub_kind=sub_kind,
        descriptor=descriptor,
        period=place.child("period").digits(1, _MAX_PERIOD),
        left_ms=left_ms,
        at_ms=None,
        edited_ms=0,
        team=team,
        tricode=text_of(place, "teamTricode", 8),
        player=person if team else 0,
        player_name=text_of(place, "playerNameI", 100) or text_of(place, "playerName", 100),
        assist=0,  # named in the description only
        possession=0,
        score=_score(place),
        made=word == "made shot" or (word == "free throw" and not said.startswith("MISS")),
        text=said,
        # A steal has the number of the turnover, a block that of the shot: the actions without a type.
        tag="" if word else "-" + (kind if kind != "other" else "note"),
    )


def _kind_of(place: Place, word: str, sub_word: str) -> tuple[str, str, str]:
    if word in ("made shot", "missed shot"):
        return f"{place.child('shotValue').digits(2, 3)}pt", "", ""
    if word == "free throw":
        return spec.free_throw_kind(sub_word), "", ""
    if word == "foul":
        return "foul", *spec.foul_kind_of(sub_word)
    if word == "turnover":
        return "turnover", "" if sub_word.lower() in ("bad pass", "lost ball") else "out-of-bounds", ""
    if not word:
        said = text_of(place, "description")
        kind = next((one for one in ("steal", "block") if one.upper() in said), "other")
        return kind, "", ""
    return spec.ACTIONS.get(word, word), sub_word.lower(), ""


def _score(place: Place) -> tuple[int, int] | None:
    home, away = place.maybe("scoreHome"), place.maybe("scoreAway")
    if home is None or away is None or home.value == "" or away.value == "":
        return None
    return home.digits(0, 400), away.digits(0, 400)
