"""Which games are being played, asked of pushd as any program may ask it."""

from __future__ import annotations

import json
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener, urlopen

from scoreline_client.addresses import addresses_of

#: How many games fit on a screen; who wants others names them.
MOST = 20
_PATIENCE_S = 5.0


def live_games(url: str) -> list[str]:
    """Return the ids of games in play at the pushd behind `url`, the earliest first.

    Raises:
        ValueError: `url` is no address, or what answers there is not pushd.
        OSError: nobody answers there.
    """
    where = addresses_of(url)
    # A proxy makes no sense on the way to this machine.
    reach = build_opener(ProxyHandler({})).open if where.is_loopback else urlopen
    query = urlencode({"status": "live", "page_size": MOST})
    try:
        with reach(f"{where.rest}/v1/games?{query}", timeout=_PATIENCE_S) as response:
            return [game["game_id"] for game in json.load(response)["games"]]
    except HTTPError as error:
        raise ValueError(f"{where.rest} gives no list of games: HTTP {error.code}") from error
    except (HTTPException, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{where.rest} does not answer like Scoreline") from error
