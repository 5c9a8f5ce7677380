"""How the recorded games ended, read from the manifest or from what lies beside a recording.

Nothing here asks our own adapters: these are the results that translations and replays are held against.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

from scoreline.v1.state_pb2 import GameStatus
from tests.support.manifest import ROOT, manifest

LIVE, FINAL = GameStatus.GAME_STATUS_LIVE, GameStatus.GAME_STATUS_FINAL
OFFICIAL, ABANDONED = GameStatus.GAME_STATUS_OFFICIAL, GameStatus.GAME_STATUS_ABANDONED
#: A shoot-out of which the manifest tells the winner only.
WON = (-1, -1)
_BY_MANIFEST = {
    "soccer/wyscout-wc2018/": "wyscout",
    "basketball/nba-live/pbp_": "nba-cdn",
    "americanfootball/espn-nfl/": "espn-nfl",
    "americanfootball/nfl-com/": "nfl-com",
    "icehockey/nhl-gamecenter/": "nhl",
}


class Recording(NamedTuple):
    """A file of one game and how it ended, home first."""

    path: str
    """Strung together where there are several files, with `+` between."""
    format_name: str
    score: tuple[int, int]
    period: str
    statuses: tuple[GameStatus.ValueType, ...] = (FINAL,)
    shootout: tuple[int, int] | None = None
    note: str = ""


def told_by_the_manifest() -> list[Recording]:
    """Return the recordings of which the manifest tells all that there is to compare."""
    return [
        _read(row.path, name, row.oracle, row.note)
        for row in manifest()
        for prefix, name in _BY_MANIFEST.items()
        if row.path.startswith(prefix)
    ]


def _read(path: str, name: str, oracle: str, note: str) -> Recording:
    if name in ("espn-nfl", "nfl-com"):
        away, home = map(int, re.match(r"away (\d+) home (\d+) (?:STATUS_)?FINAL$", oracle).groups())
        return Recording(path, name, (home, away), "Q4", note=note)
    if name == "nhl":
        away, home, ended = re.match(r"\w+ (\d+) @ \w+ (\d+) (REG|OT|SO)$", oracle).groups()
        shootout, period = WON if ended == "SO" else None, "P3" if ended == "REG" else ended
        return Recording(path, name, (int(home), int(away)), period, (FINAL, OFFICIAL), shootout, note)
    if name == "nba-cdn":
        home, away = map(int, re.match(r"(\d+)-(\d+)", oracle).groups())
        return Recording(path, name, (home, away), "Q4", note=note)
    home, away, *pens = re.search(r"(\d+)-(\d+)(?: aet pens (\d+)-(\d+))?$", oracle).groups()
    shootout = (int(pens[0]), int(pens[1])) if pens[0] else None
    score = int(home), int(away)
    return Recording(path, name, score, "PENS" if shootout else "2H", (FINAL,), shootout, note)


_MLB, _BASKETBALL = "baseball/mlb-diffpatch/", "basketball/"
#: The manifest tells these in ten ways; the periods are those of the documents.
BASEBALL_AND_BASKETBALL = (
    Recording("baseball/mlb-gumbo/livefeed_744914.json", "mlb-gumbo", (1, 3), "B9"),
    Recording(f"{_MLB}live-feed-no-move.json", "mlb-gumbo", (14, 2), "T7", (LIVE,)),
    Recording(
        f"{_MLB}live-feed-no-move.json+{_MLB}diff-patch-no-move.json",
        "mlb-diffpatch",
        (14, 2),
        "T7",
        (LIVE,),
    ),
    Recording(f"{_BASKETBALL}nba-stats-v2/stats_0021600270.json", "nba-stats-v2", (126, 115), "OT1"),
    Recording(f"{_BASKETBALL}nba-stats-v2/stats_2021900002.json", "nba-stats-v2", (89, 117), "Q4"),
    Recording(f"{_BASKETBALL}wnba-stats-v3/stats_pbpv3_1022500234.json", "nba-stats-v3", (81, 72), "Q4"),
    Recording(f"{_BASKETBALL}wnba-stats-v3/stats_pbpv3_1022500282.json", "nba-stats-v3", (72, 88), "Q4"),
    Recording(f"{_BASKETBALL}wnba-stats-v3/stats_pbpv3_1022500283.json", "nba-stats-v3", (86, 91), "Q4"),
    Recording(f"{_BASKETBALL}nba-data/data_0021600270.json", "nba-data", (126, 115), "OT1"),
    Recording(
        f"{_BASKETBALL}sportradar-push/NBA_v7_Push_Events_Example.json",
        "sportradar-nba",
        (7, 0),
        "Q1",
        (LIVE,),
    ),
    Recording(
        f"{_BASKETBALL}sportradar-push/stream_2023-07-19T20-01-18.049Z.ndjson.txt",
        "sportradar-nba",
        (142, 143),
        "OT1",
        (LIVE,),
    ),
)
#: Five games interleaved in one push stream, as far as it goes: (home, runs, runs, away).
MLB_PUSH = {
    ("NYM", 0, 0, "HOU"),
    ("NYY", 0, 2, "OAK"),
    ("WSH", 0, 2, "PIT"),
    ("TB", 0, 1, "MIL"),
    ("SF", 0, 0, "DET"),
}
#: Files of whole seasons and the plays in them that an independent reader of the format (BEVENT) has listed.
SEASONS = ("2020HOU.EVA", "2020SEA.EVA")
#: A file without an independent list has the scores of its days.
TWO_GAMES_OF_2022 = {"WAS202204070": (1, 5), "WAS202204080": (3, 7)}
RUNNER_DESTINATIONS = ("batterDest", "runnerOn1stDest", "runnerOn2ndDest", "runnerOn3rdDest")
#: Where names, rules and retirements of a file's matches are.
TOURNAMENTS = {
    f"tennis/slam-pbp/{points}": f"tennis/slam-pbp/{matches}"
    for points, matches in (
        ("2011-wimbledon-points.csv", "2011-wimbledon-matches.csv"),
        ("2021-wimbledon-points-mixed.csv", "2021-wimbledon-matches-mixed.csv"),
    )
}


def rows(path: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table."""
    with (ROOT / path).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def season_results(name: str) -> dict[str, tuple[int, int, str]]:
    """Return runs of home and away and the last half inning of each game, as BEVENT has them."""
    expected = {}
    for row in rows(f"baseball/retrosheet/{name}.bevent.csv"):
        runs = sum(int(row[key]) >= 4 for key in RUNNER_DESTINATIONS)
        home, away = int(row["homeScore"]), int(row["visScore"])
        bottom = row["battingTeam"] == "1"
        expected[row["gameId"]] = (
            home + runs * bottom,
            away + runs * (not bottom),
            ("B" if bottom else "T") + row["inning"],
        )
    return expected


class TennisResult(NamedTuple):
    """What the points and the list of matches say of a match."""

    sets: tuple[int, int]
    games: tuple[int, int]
    """Of the last set."""
    last_set: str
    winner: int | None
    retired: bool


def tournament_results(path: str) -> dict[str, TennisResult]:
    """Return how the matches of a tournament ended."""
    listed = {one["match_id"]: one for one in rows(TOURNAMENTS[path])}
    last = {one["match_id"]: one for one in rows(path)}
    won = {
        (one["match_id"], one["SetNo"]): one["SetWinner"] for one in rows(path) if one["SetWinner"] in "12"
    }
    assert set(listed) == set(last)
    found = {}
    for match_id, told in listed.items():
        winners = [winner for (match, _), winner in won.items() if match == match_id]
        found[match_id] = TennisResult(
            (winners.count("1"), winners.count("2")),
            (int(last[match_id]["P1GamesWon"]), int(last[match_id]["P2GamesWon"])),
            f"Set {last[match_id]['SetNo']}",
            int(told["winner"]) if told["winner"] else None,
            told["status"] == "Retired",
        )
    return found


class CricketResult(NamedTuple):
    """What the manifest says of a match: (team, runs, wickets) of its innings, and (team, runs) of the last
    super over.
    """

    innings: list[tuple[str, int, int]]
    super_over: list[tuple[str, int]]
    status: GameStatus.ValueType
    period: str

    def runs(self, team: str) -> int:
        """Return a team's runs outside super overs."""
        return sum(runs for name, runs, _ in self.innings if name == team)


def cricket_result(oracle: str) -> CricketResult:
    """Read what the manifest says of a match of cricket."""
    told = re.findall(r"([A-Z][^;/>]*?) (\d+)/(\d+)( SO)?(?=;| ->)", oracle.strip('"'))
    assert told, oracle
    innings = [(team, int(runs), int(wickets)) for team, runs, wickets, so in told if not so]
    over = [(team, int(runs)) for team, runs, _, so in told if so][-2:]
    status = ABANDONED if '""no result""' in oracle else FINAL
    return CricketResult(innings, over, status, "SO" if over else f"Inn {len(innings)}")
