"""Every format we read, by name."""

from __future__ import annotations

from scoreline.feeds.adapter import FeedAdapter
from scoreline.feeds.betfair_cricket.translation import BetfairCricket
from scoreline.feeds.cricsheet.translation import Cricsheet
from scoreline.feeds.datafactory.translation import DataFactory
from scoreline.feeds.espn_nfl.translation import EspnNfl
from scoreline.feeds.mlb.diffpatch import MlbDiffPatch
from scoreline.feeds.mlb.translation import MlbGumbo
from scoreline.feeds.nba_data.translation import NbaData
from scoreline.feeds.nba_live.translation import NbaLive
from scoreline.feeds.nba_stats.translation import NbaStatsV2, NbaStatsV3
from scoreline.feeds.nfl_com.translation import NflCom
from scoreline.feeds.nhl.translation import Nhl
from scoreline.feeds.opta.translation import Opta
from scoreline.feeds.retrosheet.translation import Retrosheet
from scoreline.feeds.scoreline_facts.translation import ScorelineFacts
from scoreline.feeds.slam_pbp.translation import SlamPbp
from scoreline.feeds.sportec.translation import Sportec
from scoreline.feeds.sportradar_mlb.translation import SportradarMlb
from scoreline.feeds.sportradar_nba.translation import SportradarNba
from scoreline.feeds.wyscout.translation import Wyscout

ADAPTERS: tuple[FeedAdapter, ...] = (
    ScorelineFacts(),
    Wyscout(),
    NbaLive(),
    SlamPbp(),
    Cricsheet(),
    EspnNfl(),
    NflCom(),
    Nhl(),
    BetfairCricket(),
    DataFactory(),
    NbaStatsV2(),
    NbaStatsV3(),
    NbaData(),
    SportradarNba(),
    MlbGumbo(),
    MlbDiffPatch(),
    Retrosheet(),
    SportradarMlb(),
    Opta(),
    Sportec(),
)

#: Formats whose files are parts of one stream: given several at once, they are one document, in their order.
STRUNG_TOGETHER = frozenset({"mlb-diffpatch"})

_BY_NAME = {name: adapter for adapter in ADAPTERS for name in (adapter.name, *adapter.aliases)}


def find_adapter(name: str) -> FeedAdapter | None:
    """Return the adapter of that name or alias, or nothing; case, `_` and `-` make no difference."""
    return _BY_NAME.get(name.lower().replace("_", "-"))


def format_names() -> list[str]:
    """Return the names to offer to people."""
    return [adapter.name for adapter in ADAPTERS]
