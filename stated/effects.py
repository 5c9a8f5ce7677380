"""What the steps of a fold become: a commit for the store, frames for the fleet, notes for operators.

Builds values only; who sends them, and in which order, is the consumer's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from scoreline.domain.ids import game_topic
from scoreline.runtime import telemetry
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import GameStatus
from scoreline.wire import names
from scoreline.wire.frames import encode_patch
from scoreline.wire.names import Header
from stated.core.game_fold import GameFold
from stated.core.steps import Applied, LoggedEvent, Note, Recorded, Step, digest
from stated.ports import Commit, KeptPatch
from stated.publisher import Publication

_ENDED = frozenset(
    {
        GameStatus.GAME_STATUS_FINAL,
        GameStatus.GAME_STATUS_OFFICIAL,
        GameStatus.GAME_STATUS_CANCELLED,
        GameStatus.GAME_STATUS_ABANDONED,
    }
)
_LONGEST_LAG_MS = 86_400_000

HeadersOf = Callable[[int], Mapping[str, str] | None]
"""Gives the headers with which an event came, by its log sequence."""


@dataclass(slots=True)
class LiveGame:
    """A game whose fold is in memory."""

    game: Game
    fold: GameFold
    epoch: int
    version: int
    """The version that is committed; the fold's own runs ahead of it."""
    seen: int
    """How many events the store has applied."""
    created: bool
    """Whether the store has the epoch yet."""


class Effects(NamedTuple):
    """Everything that some steps of one game cause."""

    commit: Commit | None
    """Nothing when every event was a duplicate."""
    publications: list[Publication]


def effects_of(live: LiveGame, steps: Sequence[Step], headers_of: HeadersOf, hot_after_end_s: int) -> Effects:
    """Return what `steps`, all the fold's steps since the last commit, cause."""
    commit = commit_of(live, steps, hot_after_end_s)
    if commit is None:
        return Effects(None, [])
    publications = []
    frames = iter(commit.patches)
    for step in steps:
        if isinstance(step, Applied) and step.patch is not None:
            headers = headers_of(step.logged.log_sequence)
            publications.append(_patch(commit, next(frames), step, headers))
        publications += [_note(step.logged, note) for note in notes_of(step)]
    return Effects(commit, publications)


def commit_of(live: LiveGame, steps: Sequence[Step], hot_after_end_s: int) -> Commit | None:
    """Return the commit of `steps`, or nothing when they are all duplicates."""
    taken = [step for step in steps if isinstance(step, Applied | Recorded)]
    if not taken:
        return None
    ledger: dict[str, bytes] = {}
    patches: list[KeptPatch] = []
    for step in taken:
        ledger.update(step.ledger)
        if isinstance(step, Applied) and step.patch is not None:
            version = live.version + len(patches) + 1
            patches.append(KeptPatch(version, encode_patch(live.game.topic, version, step.patch)))
    fold = live.fold
    last = max((step.logged for step in taken), key=lambda logged: logged.log_sequence)
    return Commit(
        game_id=live.game.game_id,
        epoch=live.epoch,
        base=live.version,
        base_seen=live.seen,
        version=live.version + len(patches),
        creates=not live.created,
        topic=live.game.topic,
        body=fold.state.SerializeToString(),
        as_of_us=fold.as_of_us,
        log_sequence=fold.last_log_sequence,
        lag_ms=_lag_ms(last),
        cursors=fold.cursors(),
        digests=[digest(step.logged.identity) for step in taken],
        ledger=ledger,
        events=[step.logged.event.SerializeToString() for step in taken],
        patches=patches,
        expire_s=hot_after_end_s if fold.state.status in _ENDED else 0,
    )


def notes_of(step: Step) -> Iterable[Note]:
    """Return what operators should know of a step."""
    if isinstance(step, Recorded):
        return (Note(step.reason, step.note),)
    return step.notes if isinstance(step, Applied) else ()


def announcement(game_id: str, epoch: int, patch: KeptPatch, as_of_us: int) -> Publication:
    """Return the publication of a patch that was committed earlier, by whomever."""
    topic = game_topic(game_id)
    headers = {
        Header.MESSAGE_ID.value: names.patch_message_id(topic, epoch, patch.version),
        Header.EPOCH.value: str(epoch),
        Header.VERSION.value: str(patch.version),
        Header.RECEIVED_US.value: str(as_of_us),
        # What it holds is not looked at; late is reason enough to send it first.
        Header.CRITICAL.value: "1",
    }
    return Publication(names.patch_subject(topic), patch.frame, headers)


def poison(logged: LoggedEvent, reason: str, attempts: int) -> Publication:
    """Return what operators are told of an event that is given up."""
    return _ops("poison", logged, f"given up after {attempts} attempts: {reason}")


def _patch(commit: Commit, patch: KeptPatch, step: Applied, headers: Mapping[str, str] | None) -> Publication:
    publication = announcement(commit.game_id, commit.epoch, patch, step.logged.received_us)
    publication.headers[Header.CRITICAL] = "1" if step.critical else "0"
    if headers and telemetry.TRACEPARENT in headers:
        with telemetry.span("stated.fold", parent=telemetry.extract(dict(headers))):
            telemetry.inject(publication.headers)
    return publication


def _note(logged: LoggedEvent, note: Note) -> Publication:
    return _ops(note.reason.value, logged, note.text)


def _ops(kind: str, logged: LoggedEvent, text: str) -> Publication:
    event = logged.event
    body = orjson.dumps(
        {
            "kind": kind,
            "note": text,
            "game_id": event.game_id,
            "event_id": event.event_id,
            "provider_id": event.provider_id,
            "sequence": event.sequence,
            "revision": event.revision,
            "detail": event.WhichOneof("detail"),
            "log_sequence": logged.log_sequence,
            "received_us": logged.received_us,
        }
    )
    headers = {Header.MESSAGE_ID.value: f"{kind}:{logged.log_sequence}:{digest(logged.identity)}"}
    return Publication(names.ops_subject(kind, event.game_id), body, headers)


def _lag_ms(logged: LoggedEvent) -> int:
    if not logged.event.HasField("occurred_time"):
        return 0
    lag_ms = (logged.received_us - logged.event.occurred_time.ToMicroseconds()) // 1000
    # Years are not a lag: a recording is played.
    return lag_ms if 0 <= lag_ms <= _LONGEST_LAG_MS else 0
