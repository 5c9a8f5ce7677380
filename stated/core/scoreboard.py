"""What readers have of a game: the whole state, brought from version to version by patches."""

from __future__ import annotations

from collections.abc import Sequence

from scoreline.domain.patch import KEY_EVENTS_KEPT, diff, is_empty, merge, merge_into
from scoreline.v1.event_pb2 import ReportedScore
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import GameSheet, Reporting, ScoreState
from stated.core.ledger import Entry
from stated.core.opening import opening_play, sheet_of


class Scoreboard:
    """The state as every reader has it, and what of it facts move."""

    def __init__(self, game: Game, state: ScoreState | None, disagreement: tuple[int, int]) -> None:
        self.state = ScoreState()
        """The whole state; it is changed in place."""
        self.play = opening_play(game)
        """What facts move, apart from what they don't: it is copied with every fact, so it is kept small."""
        self.disagreement = disagreement
        """By how much the feed's own score last differed from ours."""
        if state is None:
            self.state.CopyFrom(self.play)
            self.state.sheet.CopyFrom(sheet_of(game))
        else:
            self.state.CopyFrom(state)
            self.play.CopyFrom(state)
            self.play.ClearField("sheet")
            self.play.ClearField("key_events")
            self.play.ClearField("reporting")
        self._sheet_patch: GameSheet | None = None

    def register(self, game: Game) -> int:
        """Take the sheet of a game registered anew; return what clock anchors count from, unix seconds."""
        sheet = sheet_of(game)
        if self.play.period.kind:
            # The anchors already sent count from the start that was planned then.
            sheet.reference_time_s = self.state.sheet.reference_time_s
        changes = diff(self.state.sheet, merge(self.state.sheet, sheet))
        self._sheet_patch = None if is_empty(changes) else changes
        return sheet.reference_time_s

    def bring(
        self, play: ScoreState, lines: Sequence[Entry], newest_number: int
    ) -> tuple[ScoreState | None, bool]:
        """Bring readers to what facts have come to.

        Returns the patch, if there is anything to tell, and whether it is critical. Of `lines`, the entries
        whose line changed, those that every reader trims are left out.
        """
        if play is self.play and not lines and self._sheet_patch is None and self.state.HasField("reporting"):
            return None, False  # most events of a match: a pass, a touch
        patch = ScoreState() if play is self.play else diff(self.play, play)
        self.play = play
        critical = patch.HasField("score") or patch.HasField("status") or patch.HasField("period")
        for entry in lines:
            if entry.number > newest_number - KEY_EVENTS_KEPT and entry.line is not None:
                patch.key_events[entry.number].CopyFrom(entry.line)
        if not self.state.HasField("reporting"):
            patch.reporting = Reporting.REPORTING_NORMAL
        if self._sheet_patch is not None:
            patch.sheet.CopyFrom(self._sheet_patch)
            self._sheet_patch = None
        if is_empty(patch):
            return None, False
        merge_into(self.state, patch)
        return patch, critical

    def keep_presence(self, play: ScoreState) -> ScoreState:
        """Return what was summed up anew, in a form that a merge can lead to.

        A merge can't take a score of a shoot-out from readers who have it: one taken back stands at 0-0.
        """
        if not self.play.score.HasField("home_shootout") or play.score.HasField("home_shootout"):
            return play
        kept = ScoreState()
        kept.CopyFrom(play)
        kept.score.home_shootout = kept.score.away_shootout = 0
        return kept

    def compare(self, stated: ReportedScore) -> str:
        """Return what to tell when the feed's own score differs, and otherwise than before; else nothing."""
        folded = self.play.score
        difference = (stated.home - folded.home, stated.away - folded.away)
        if difference == self.disagreement:
            return ""
        self.disagreement = difference
        if difference == (0, 0):
            return ""
        return f"feed {stated.home}-{stated.away}, facts {folded.home}-{folded.away}"
