"""What to replay of the manifest, in which format, and why the rest has no final score to replay to."""

from __future__ import annotations

from typing import NamedTuple

from tests.support.known_results import TOURNAMENTS
from tests.support.manifest import manifest

_DIFFPATCH, _PUSH, _RETROSHEET = "baseball/mlb-diffpatch/", "sportradar-push/", "baseball/retrosheet/"


class Play(NamedTuple):
    """One call of `scoreline replay`."""

    format_name: str
    files: tuple[str, ...]
    """Those that have the events."""
    beside: dict[str, str]
    """Those that go with them, and as what."""
    game_id: str | None = None
    """Where another format tells the same game: its events must not help."""

    def __str__(self) -> str:
        return self.game_id or self.format_name


def plays() -> list[Play]:
    """Return all calls; a file that is added to the folder of a format is played too."""
    return [
        *(Play(name, _below(folder), {}) for name, folder in _PLAIN.items()),
        Play(
            "nba-cdn",
            _below("basketball/nba-live/pbp_"),
            _beside("basketball/nba-live/boxscore", "box score"),
        ),
        Play("mlb-gumbo", (*_below("baseball/mlb-gumbo/livefeed"), *_below(f"{_DIFFPATCH}live-feed")), {}),
        Play(
            "mlb-diffpatch",
            _below(f"{_DIFFPATCH}live-feed"),
            _beside(f"{_DIFFPATCH}diff-patch", "changes"),
            "mlb-746139-patched",
        ),
        Play("retrosheet", tuple(path for path in _below(_RETROSHEET) if not path.endswith(".csv")), {}),
        Play("nba-data", _below("basketball/nba-data/"), {}, "nba-data-0021600270"),
        Play(
            "nba-stats-v2",
            _below("basketball/nba-stats-v2/stats_0", "basketball/nba-stats-v2/stats_2"),
            _beside("basketball/nba-stats-v2/stats_summary", "summary"),
        ),
        Play(
            "nba-stats-v3",
            _below("basketball/wnba-stats-v3/stats_pbpv3"),
            _beside("basketball/wnba-stats-v3/stats_summary", "summary"),
        ),
        Play(
            "sportradar-nba",
            tuple(path for path in _below(f"basketball/{_PUSH}") if path != _HEARTBEATS),
            _beside(_HEARTBEATS, "heartbeats only, no game: they must not make or end one"),
        ),
        Play("slam-pbp", tuple(TOURNAMENTS), dict.fromkeys(TOURNAMENTS.values(), "list of matches")),
        Play("opta", _below("soccer/opta/opta_f24"), _beside("soccer/opta/opta_f7", "F7: teams and players")),
        Play(
            "sportec",
            _below("soccer/dfl-sportec/sportec_events"),
            _beside("soccer/dfl-sportec/sportec_meta", "teams and players"),
        ),
    ]


_HEARTBEATS = f"basketball/{_PUSH}stream_2023-07-19T15-58-03.752Z.ndjson.txt"
#: Formats of which every file of a folder tells all by itself.
_PLAIN = {
    "wyscout": "soccer/wyscout-wc2018/",
    "espn-nfl": "americanfootball/espn-nfl/",
    "nfl-com": "americanfootball/nfl-com/",
    "nhl": "icehockey/nhl-gamecenter/",
    "sportradar-mlb": f"baseball/{_PUSH}",
    "cricsheet": "cricket/cricsheet",
    "betfair-cricket": "cricket/betfair-ccm/",
    "datafactory": "soccer/datafactory/",
}
#: Files that no replay can bring to a final score: by name, or by a folder that holds nothing else.
NOT_PLAYED = {
    "baseball/mlb-gumbo/game_changes.json": "list of games that changed: no plays",
    "baseball/mlb-gumbo/malformed_play_events.json": "a single turn at bat, without a game",
    "baseball/mlb-gumbo/standings_2024.json": "standings",
    f"{_RETROSHEET}2019WAS.EVN.bevent.csv": "another reader's list of plays; its event file isn't recorded",
    f"{_RETROSHEET}2020HOU.EVA.bevent.csv": "another reader's list of plays: the oracle of 2020HOU.EVA",
    f"{_RETROSHEET}2020SEA.EVA.bevent.csv": "another reader's list of plays: the oracle of 2020SEA.EVA",
    "motorsport/f1-livetiming/": "motorsport: no score",
    "soccer/betfair-inplay/eventtimeline.json": "excerpt: one answer in the 78th minute; no adapter",
    "soccer/betfair-inplay/scores.json": "excerpt: a score in play without events; no adapter",
    "soccer/metrica/Sample_Game_1_RawEventsData.csv": "tracking sample, goals by shooting team; no adapter",
    "soccer/wyscout-meta/teams.json": "names of teams",
    "standings/": "results of seasons: input of standings, no events",
    "tennis/atp-results/atp_matches_2011.csv": "results of a season, no points",
    "tennis/betfair-inplay/incidents.json": "excerpt: a match in its first set; no adapter",
    "tennis/betfair-inplay/score.json": "excerpt: a score in play without events; no adapter",
}


def reason_not_played(path: str) -> str | None:
    """Return why a file isn't replayed, where a reason is known."""
    folders = [reason for name, reason in NOT_PLAYED.items() if name.endswith("/") and path.startswith(name)]
    return NOT_PLAYED.get(path, folders[0] if folders else None)


def _below(*prefixes: str) -> tuple[str, ...]:
    return tuple(row.path for row in manifest() if row.path.startswith(prefixes))


def _beside(prefix: str, role: str) -> dict[str, str]:
    return dict.fromkeys(_below(prefix), role)
