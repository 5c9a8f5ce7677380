"""What came of a replay: the answers of ingestd, and the state as stated has it in the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scoreline.domain.match_time import period_label
from scoreline.domain.rulebook import RULEBOOKS
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.ingest_service_pb2 import IngestAnswer
from scoreline.v1.state_pb2 import GameStatus, Period
from scoreline.v1.state_service_pb2 import GameState, GetStateRequest

if TYPE_CHECKING:
    from scoreline.v1.state_service_pb2_grpc import StateServiceAsyncStub

#: A state that has not moved for so long is taken as it is: its last events were given up. What a killed
#: stated had in hand comes again after its ack wait of 5 s, so this has to be well above.
_STABLE_S = 15.0
_FIRST_POLL_S = 0.02
_SLOWEST_POLL_S = 0.5
_REJECTIONS_SHOWN = 5


class NotCaughtUp(Exception):
    """stated has not taken in every event in time."""


@dataclass(slots=True)
class Tally:
    """The answers of ingestd to the events of one game."""

    stored: int = 0
    duplicate: int = 0
    rejected: int = 0
    last_log_sequence: int = 0
    rejections: list[str] = field(default_factory=list)
    """The first rejections, for people."""

    @property
    def accepted(self) -> int:
        """How many events the log holds."""
        return self.stored + self.duplicate

    def problems(self, events: int) -> list[str]:
        """Return what went wrong with a game of so many events."""
        found = list(self.rejections)
        if self.rejected > len(found):
            found.append(f"and {self.rejected - len(found)} more events were refused")
        if events and not self.accepted:
            found.append("nothing was accepted")
        return found

    def count(self, event: GameEvent, answer: IngestAnswer) -> None:
        """Take in one answer."""
        match answer.WhichOneof("outcome"):
            case "stored":
                self.stored += 1
                self.last_log_sequence = max(self.last_log_sequence, answer.stored.log_sequence)
            case "duplicate":
                self.duplicate += 1
                self.last_log_sequence = max(self.last_log_sequence, answer.duplicate.log_sequence)
            case _:
                self.rejected += 1
                if len(self.rejections) < _REJECTIONS_SHOWN:
                    self.rejections.append(_describe(event, answer))


@dataclass(frozen=True, slots=True)
class Result:
    """One game in the end."""

    source: str
    game_id: str
    tally: Tally
    game: GameState

    def as_line(self) -> str:
        """Return the result as one line of JSON."""
        score = self.game.state.score
        shootout = score.HasField("home_shootout") or score.HasField("away_shootout")
        return json.dumps(
            {
                "game_id": self.game_id,
                "home_score": score.home,
                "away_score": score.away,
                "home_shootout": score.home_shootout if shootout else None,
                "away_shootout": score.away_shootout if shootout else None,
                "status": status_word(self.game.state.status),
                "period": period_word(self.game),
                "version": self.game.position.version,
                "stored": self.tally.stored,
                "duplicate": self.tally.duplicate,
                "rejected": self.tally.rejected,
            }
        )


def status_word(status: GameStatus.ValueType) -> str:
    """Return a status as people read it, such as `final`."""
    try:
        return GameStatus.Name(status).removeprefix("GAME_STATUS_").lower()
    except ValueError:
        return str(status)  # a status newer than this program


def period_word(game: GameState) -> str:
    """Return the last period that was played, such as `2H`, `PENS` or `OT1`, also once it is over.

    stated's own label would say `FT` or `HT` then, which does not tell where a recording stopped.
    """
    sheet, period = game.state.sheet, game.state.period
    return period_label(
        sheet.sport,
        GameStatus.GAME_STATUS_LIVE,
        Period(kind=period.kind, ordinal=period.ordinal),
        sheet.regular_periods,
        game.state.baseball.half,
    )


async def read_back(
    stub: StateServiceAsyncStub, game_id: str, last_log_sequence: int, *, patience_s: float
) -> GameState:
    """Return the state once it holds the log up to a number; raise `NotCaughtUp` when it does not in time.

    stated has no call that waits, so this asks again and again, ever more slowly.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s
    pause_s = _FIRST_POLL_S
    latest: GameState | None = None
    since = loop.time()
    problem = "it has no state of the game"
    while True:
        try:
            answer = await stub.GetState(GetStateRequest(game_id=game_id), timeout=5.0)
        except grpc.aio.AioRpcError as error:
            if error.code() in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNIMPLEMENTED):
                raise
            # Being restarted, or before its first event of the game.
            problem, since = error.details() or error.code().name, loop.time()
        else:
            if latest is None or answer.game.position != latest.position:
                since = loop.time()
            latest = answer.game
            if latest.last_log_sequence >= last_log_sequence or loop.time() - since > _STABLE_S:
                return latest
            problem = f"it stands at {latest.last_log_sequence} of {last_log_sequence}"
        if loop.time() > deadline:
            raise NotCaughtUp(f"stated has not taken in everything within {patience_s:g} s: {problem}")
        await asyncio.sleep(pause_s)
        pause_s = min(_SLOWEST_POLL_S, pause_s * 1.5)


def print_table(results: Sequence[Result], console: Console) -> None:
    """Print the results for people."""
    table = Table(box=None, pad_edge=False)
    table.add_column("game", overflow="fold")
    table.add_column("result")
    for heading in ("status", "period"):
        table.add_column(heading, no_wrap=True)
    for heading in ("version", "stored", "duplicate", "rejected"):
        table.add_column(heading, justify="right", no_wrap=True)
    for result in results:
        state, tally = result.game.state, result.tally
        table.add_row(
            result.game_id,
            f"{escape(state.sheet.home.name)} {score_text(result.game)} {escape(state.sheet.away.name)}",
            status_word(state.status),
            period_word(result.game),
            *map(str, (result.game.position.version, tally.stored, tally.duplicate, tally.rejected)),
        )
    console.print(table)


def score_text(game: GameState) -> str:
    """Return a score as people read it, such as `1-1 (3-4 pens)`."""
    score = game.state.score
    text = f"{score.home}-{score.away}"
    if score.HasField("home_shootout") or score.HasField("away_shootout"):
        rules = RULEBOOKS.get(game.state.sheet.sport)
        word = rules.shootout_name.lower() if rules else "pens"
        text += f" ({score.home_shootout}-{score.away_shootout} {word})"
    return text


def _describe(event: GameEvent, answer: IngestAnswer) -> str:
    rejected = answer.rejected
    try:
        reason = ErrorReason.Name(rejected.reason).removeprefix("ERROR_REASON_")
    except ValueError:
        reason = str(rejected.reason)  # a reason newer than this program
    where = f" in {rejected.field}" if rejected.field else ""
    return f"event {event.event_id}: {reason}{where}: {rejected.message}"
