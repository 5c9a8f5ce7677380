"""The plays of a live document, checked, still in the feed's terms."""

from __future__ import annotations

from typing import NamedTuple

from scoreline.feeds.document import Place
from scoreline.feeds.instants import maybe_instant_ms
from scoreline.feeds.mlb import specification as spec

#: More turns at bat than any game has had, and more entries in one.
_MOST_AT_BATS = 1_000
_MOST_EVENTS = 400


class Count(NamedTuple):
    """Balls, strikes and outs."""

    balls: int
    strikes: int
    outs: int


class PlayEvent(NamedTuple):
    """One entry of `playEvents`: a pitch, a pick-off, a substitution, an advisory."""

    number: int
    is_pitch: bool
    is_action: bool
    kind: str
    """`details.eventType`, empty for pitches."""
    text: str
    tally: Count | None
    at_ms: int | None
    player: int
    base: int
    """The base that a runner is placed on, 0 elsewhere."""


class Movement(NamedTuple):
    """One entry of `runners`."""

    number: int
    """The entry of `playEvents` that it belongs to."""
    runner: int
    start: int
    end: int
    """The base reached; 0 for out or unknown."""
    scored: bool
    errors: frozenset[tuple[int, str]]
    """Who was charged with which error."""


class Play(NamedTuple):
    """One turn at bat."""

    place: Place
    number: int
    inning: int
    is_top: bool
    is_complete: bool
    kind: str
    tally: Count | None
    batter: int
    pitcher: int
    names: tuple[tuple[int, str], ...]
    score: tuple[int, int] | None
    """The score after it, home first."""
    bases: int | None
    """Who is on base after it, where the feed says so."""
    movements: tuple[Movement, ...]
    events: tuple[PlayEvent, ...]
    started_ms: int | None
    ended_ms: int | None


def read_plays(place: Place) -> list[Play]:
    """Return the turns at bat in order; of two under one index the later one counts."""
    plays = {}
    for item in place.items():
        play = _read_play(item)
        plays[play.number] = play
    return [plays[index] for index in sorted(plays)]


def _read_play(place: Place) -> Play:
    about, result, matchup = place.child("about"), place.child("result"), place.child("matchup")
    complete = about.maybe("isComplete")
    batter, pitcher = _person(matchup, "batter"), _person(matchup, "pitcher")
    return Play(
        place=place,
        number=about.child("atBatIndex").whole(0, _MOST_AT_BATS),
        inning=about.child("inning").whole(1, spec.SCHEDULED_INNINGS + spec.MOST_EXTRA_INNINGS),
        is_top=about.child("isTopInning").flag(),
        is_complete=complete is not None and complete.flag(),
        kind=_text(result, "eventType"),
        tally=_count(place),
        batter=batter[0],
        pitcher=pitcher[0],
        names=(batter, pitcher),
        score=_score(result),
        bases=_bases(matchup) if complete is not None and complete.flag() else None,
        movements=tuple(_read_movement(item) for item in _list(place, "runners")),
        events=tuple(_read_event(item) for item in _list(place, "playEvents")),
        started_ms=maybe_instant_ms(about, "startTime"),
        ended_ms=maybe_instant_ms(about, "endTime"),
    )


def _read_event(place: Place) -> PlayEvent:
    details, kind = place.child("details"), place.maybe("type")
    pitch, player, base = place.maybe("isPitch"), place.maybe("player"), place.maybe("base")
    description = details.maybe("description")
    ended = maybe_instant_ms(place, "endTime")
    return PlayEvent(
        number=place.child("index").whole(0, _MOST_EVENTS),
        is_pitch=pitch is not None and pitch.flag(),
        is_action=kind is not None and kind.text() == "action",
        kind=_text(details, "eventType"),
        text=description.prose(max_chars=300) if description else "",
        tally=_count(place),
        at_ms=ended if ended is not None else maybe_instant_ms(place, "startTime"),
        player=player.child("id").digits() if player else 0,
        base=base.digits(0, 3) if base else 0,
    )


def _read_movement(place: Place) -> Movement:
    movement, details = place.child("movement"), place.child("details")
    start, end, out = movement.maybe("start"), movement.maybe("end"), movement.maybe("isOut")
    is_out = out is not None and out.flag()
    reached = end.text() if end and not is_out else ""
    index = details.maybe("playIndex")
    runner = details.maybe("runner")
    credits = place.maybe("credits")
    return Movement(
        number=index.whole(0, _MOST_EVENTS) if index else -1,
        runner=runner.child("id").digits() if runner else 0,
        start=spec.BASES.get(start.text(), 0) if start else 0,
        end=spec.BASES.get(reached, 0),
        scored=reached == spec.SCORED,
        errors=frozenset(error for item in credits.items() for error in _error(item))
        if credits
        else frozenset(),
    )


def _person(matchup: Place, key: str) -> tuple[int, str]:
    """Return number and name; a turn that is about to begin may miss them."""
    person = matchup.maybe(key)
    return (person.child("id").digits(), _text(person, "fullName")) if person else (0, "")


def _error(place: Place) -> list[tuple[int, str]]:
    credit, player = place.maybe("credit"), place.maybe("player")
    word = credit.text() if credit else ""
    return [(player.child("id").digits() if player else 0, word)] if "error" in word else []


def _count(place: Place) -> Count | None:
    count = place.maybe("count")
    if count is None:
        return None
    # A fifth ball or a fourth out in the feed is a slip of the scorer: what is shown stays believable.
    return Count(
        min(count.child("balls").whole(0, 9), 4),
        min(count.child("strikes").whole(0, 9), 3),
        min(count.child("outs").whole(0, 9), 3),
    )


def _bases(matchup: Place) -> int:
    keys = ("postOnFirst", "postOnSecond", "postOnThird")
    return sum(spec.bit(base) for base, key in enumerate(keys, 1) if matchup.maybe(key) is not None)


def _score(result: Place) -> tuple[int, int] | None:
    home, away = result.maybe("homeScore"), result.maybe("awayScore")
    return (home.whole(0, 100), away.whole(0, 100)) if home and away else None


def _list(place: Place, key: str) -> list[Place]:
    found = place.maybe(key)
    return found.items() if found else []


def _text(place: Place, key: str) -> str:
    found = place.maybe(key)
    return found.text() if found else ""
