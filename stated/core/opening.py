"""The state of a game of which nothing is known but the fixture."""

from __future__ import annotations

from scoreline.domain.rulebook import rules_for
from scoreline.v1.game_pb2 import Game, Team
from scoreline.v1.state_pb2 import GameSheet, GameStatus, PeriodKind, ScoreState, TeamSheet
from stated.core.reducers import SPORTS


def sheet_of(game: Game) -> GameSheet:
    """Return what a scoreboard needs once: sides, roster, lengths."""
    rules = rules_for(game)
    sheet = GameSheet(
        sport=game.sport,
        home=_team_sheet(game.home),
        away=_team_sheet(game.away),
        reference_time_s=game.scheduled_time.seconds,
        counts_down=rules.counts_down,
        regular_period_s=rules.regular_period_s,
        overtime_period_s=rules.overtime_period_s,
        regular_periods=rules.regular_periods,
        competition=game.competition_name or game.competition_id,
    )
    if game.clock_rate > 1:
        sheet.clock_rate = game.clock_rate
    for entry in game.roster:
        player = sheet.roster[entry.roster_number]
        player.name = entry.name
        player.side = entry.side
        if entry.shirt_number:
            player.shirt_number = entry.shirt_number
    return sheet


def opening_play(game: Game) -> ScoreState:
    """Return the part of the opening state that facts move: everything but sheet, timeline and reporting.

    Whatever a retraction may have to undo is there from the start, since a merge can set but never remove.
    """
    state = ScoreState(status=GameStatus.GAME_STATUS_SCHEDULED, uncertain=False)
    state.period.kind = PeriodKind.PERIOD_KIND_UNSPECIFIED
    state.period.ordinal = 0
    state.period.on_break = False
    state.score.home = state.score.away = 0
    if rules_for(game).regular_period_s:
        state.clock.elapsed_ds = state.clock.as_of_ds = 0
        state.clock.running = False
    SPORTS[game.sport].opening(state)
    return state


def _team_sheet(team: Team) -> TeamSheet:
    return TeamSheet(team_id=team.team_id, name=team.name, short_name=team.short_name or team.name)
