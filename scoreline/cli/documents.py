"""Read the files of a replay and make scripts of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from scoreline.cli.schedule import Script
from scoreline.feeds.adapter import FeedAdapter, GameTranslation, Malformed, TimedEvent, Translation
from scoreline.feeds.document import MAX_DOCUMENT_BYTES
from scoreline.feeds.formats import STRUNG_TOGETHER
from scoreline.v1.game_pb2 import Game

_BUNDLED = Path(__file__).parent.parent / "feeds" / "scoreline_facts" / "matches"


class Problem(NamedTuple):
    """Why a file can't be replayed."""

    source: str
    message: str


def find_file(name: str) -> Path:
    """Return the file of that name, else the match of that name that comes with the program."""
    path = Path(name)
    bundled = _BUNDLED / f"{name}.json"
    return bundled if not path.exists() and path.name == name and bundled.is_file() else path


def load_scripts(
    names: Sequence[str], adapter: FeedAdapter, provider_id: str
) -> tuple[list[Script], list[Problem]]:
    """Translate the files; one that fails is named and the others go on.

    A file that only describes a game (such as a box score) lends its names to the file that has the events.
    """
    problems: list[Problem] = []
    documents: dict[str, bytes] = {}
    for name in names:
        try:
            documents[name] = _read(find_file(name))
        except OSError as error:
            problems.append(Problem(name, error.strerror or str(error)))
        except ValueError as error:
            problems.append(Problem(name, str(error)))
    if adapter.name in STRUNG_TOGETHER and len(documents) > 1:
        # One stream kept in several files: each goes on where the one before it stopped.
        documents = {", ".join(documents): b"\n".join(documents.values())}
    found = {name: adapter.parse(body, provider_id=provider_id) for name, body in documents.items()}
    described = {
        game.external_game_id: game.game
        for result in found.values()
        if isinstance(result, Translation)
        for game in result.games
        if not game.events
    }
    if described:
        # Only now is it known who plays, which the file with the events may not tell by itself.
        for name, first in found.items():
            if _has_events_or_fails(first):
                found[name] = adapter.parse(documents[name], provider_id=provider_id, lookup=described.get)
    endings = {
        game.external_game_id: game.ending
        for result in found.values()
        if isinstance(result, Translation)
        for game in result.games
        if game.ending
    }
    scripts: dict[str, Script] = {}
    for name, result in found.items():
        if isinstance(result, Malformed):
            problems.append(Problem(name, str(result)))
            continue
        for translated in result.games:
            if translated.events or translated.external_game_id not in _ids_with_events(found):
                ended = _ended(translated, endings.get(translated.external_game_id, ()))
                problem = _add(scripts, name, ended, described)
                if problem:
                    problems.append(problem)
    return list(scripts.values()), problems


def _read(path: Path) -> bytes:
    if path.is_file() and path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise ValueError(f"is larger than {MAX_DOCUMENT_BYTES} bytes")
    return path.read_bytes()


def _has_events_or_fails(result: Translation | Malformed) -> bool:
    return isinstance(result, Malformed) or any(game.events for game in result.games)


def _ids_with_events(found: dict[str, Translation | Malformed]) -> set[str]:
    return {
        game.external_game_id
        for result in found.values()
        if isinstance(result, Translation)
        for game in result.games
        if game.events
    }


def _ended(translated: GameTranslation, ending: tuple[TimedEvent, ...]) -> GameTranslation:
    """Return the game with the end that another document tells, unless its own events tell one."""
    if translated.complete or not ending:
        return translated
    last_s = translated.events[-1].offset_s if translated.events else 0.0
    events = tuple(TimedEvent(last_s + offset_s, event) for offset_s, event in ending)
    return translated._replace(events=translated.events + events, complete=True, ending=())


def _add(
    scripts: dict[str, Script], name: str, translated: GameTranslation, described: dict[str, Game]
) -> Problem | None:
    if translated.game.game_id in scripts:
        return Problem(name, f"holds the game of {scripts[translated.game.game_id].source} once more")
    game = _merge(translated.game, described.get(translated.external_game_id))
    scripts[game.game_id] = Script(name, game, translated.competition, translated.events, translated.complete)
    return None


def _merge(game: Game, description: Game | None) -> Game:
    """Return the game with what the description knows better."""
    if description is None or description is game:
        return game
    merged = Game()
    merged.CopyFrom(game)
    for field in ("home", "away", "scheduled_time"):
        if description.HasField(field):
            getattr(merged, field).CopyFrom(getattr(description, field))
    merged.venue = description.venue or game.venue
    known = {entry.player_id for entry in description.roster}
    extra = [entry for entry in game.roster if entry.player_id not in known]
    del merged.roster[:]
    merged.roster.extend(description.roster)
    merged.roster.extend(extra)
    return merged
