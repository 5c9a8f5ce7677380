"""REST: games, scores and events for those who poll, in a form that a cache in front can hold [C5]."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Protocol

import orjson
from aiohttp import hdrs, web

from pushd import game_list
from pushd.core.handshake import PATH, Subprotocol
from pushd.core.json_frames import plain
from pushd.event_history import EventHistory
from pushd.http_errors import invalid, refusal, translate
from pushd.short_memory import ShortMemory
from pushd.views import View, Views
from scoreline.domain.ids import is_id
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import GameStatus
from scoreline.wire.reasons import ScorelineError

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

#: A cache may answer for a second, and for ten more while it asks again: a score stays within the promise of
#: two seconds for the first reader, and a herd costs one request a second.
SCORE_CACHE = "public, max-age=1, stale-while-revalidate=10"
GAME_CACHE = "public, max-age=5, stale-while-revalidate=60"
#: Games whose states are read in one round trip while a list is filtered by status.
_BATCH = 500
MAX_EVENTS = 1000
#: A list that was rendered is good for others so long: rendering costs milliseconds.
LISTS_FRESH_S = 0.5
LISTS_KEPT = 64


class GameCatalog(Protocol):
    """The games that are registered."""

    async def find(self, game_id: str) -> Game | None:
        """Return a game."""

    def games(self) -> Iterator[Game]:
        """Iterate over all games."""


class HttpApi:
    """The routes under /v1."""

    def __init__(self, catalog: GameCatalog, views: Views, history: EventHistory) -> None:
        self._catalog, self._views, self._history = catalog, views, history
        self._lists: ShortMemory[game_list.ListRequest, bytes] = ShortMemory(LISTS_FRESH_S, LISTS_KEPT)

    def add_routes(self, app: web.Application) -> None:
        """Serve the API."""
        app.router.add_get("/v1/games", self.list_games)
        app.router.add_get("/v1/games/{game_id}", self.get_game)
        app.router.add_get("/v1/games/{game_id}/score", self.get_score)
        app.router.add_get("/v1/games/{game_id}/events", self.list_events)
        app.router.add_get(PATH, _not_an_upgrade)
        app.router.add_route(hdrs.METH_OPTIONS, "/v1/{path:.*}", _preflight)

    async def list_games(self, request: web.Request) -> web.Response:
        """Return a page of games with their scores."""
        asked = game_list.parse(request.query)
        body = await self._lists.get(asked, lambda: self._render(asked))
        return _tagged(request, body, SCORE_CACHE)

    async def _render(self, asked: game_list.ListRequest) -> bytes:
        candidates = game_list.select(self._catalog.games(), asked)
        page: list[tuple[Game, View | None]] = []
        for at in range(0, len(candidates), _BATCH):
            batch = candidates[at : at + (_BATCH if asked.status else asked.page_size + 1)]
            views = await self._views.get_many([game.game_id for game in batch])
            for game in batch:
                view = views.get(game.game_id)
                if asked.status is None or _status(view) == asked.status:
                    page.append((game, view))
            if len(page) > asked.page_size or asked.status is None:
                break
        more = len(page) > asked.page_size
        del page[asked.page_size :]
        document = {
            "games": [_listed(game, view) for game, view in page],
            "next_page_token": game_list.token(page[-1][0]) if more else "",
        }
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)

    async def get_game(self, request: web.Request) -> web.Response:
        """Return a game with its rosters and score."""
        game = await self._game(request)
        view = await self._views.get(game.game_id)
        if _wants_protobuf(request):
            public = _public(game)
            return _tagged(request, public.SerializeToString(deterministic=True), GAME_CACHE, PROTOBUF)
        document = {**_listed(game, view), "roster": [plain(entry) for entry in game.roster]}
        return _tagged(request, orjson.dumps(document), SCORE_CACHE)

    async def get_score(self, request: web.Request) -> web.Response:
        """Return a game's state; its position is the ETag, so that no news costs no body."""
        game = await self._game(request)
        view = await self._views.get(game.game_id)
        headers = {"Cache-Control": SCORE_CACHE, "Vary": "Accept"}
        if view is None:
            return web.Response(status=204, headers=headers)
        as_protobuf = _wants_protobuf(request)
        tag = str(view.position) if as_protobuf else f"{view.position}-json"
        headers |= {"ETag": f'"{tag}"', "Scoreline-Position": str(view.position)}
        if _known(request, tag):
            return web.Response(status=304, headers=headers)
        body, kind = (view.protobuf, PROTOBUF) if as_protobuf else (view.json, JSON)
        return web.Response(body=body, headers={**headers, "Content-Type": kind})

    async def list_events(self, request: web.Request) -> web.Response:
        """Return events since a log sequence, oldest first."""
        for name in request.query:
            if name not in ("since_seq", "limit"):
                raise invalid(name, "unknown parameter; known are since_seq, limit")
        since = game_list.number(request.query, "since_seq", 0, 0, (1 << 63) - 1)
        limit = game_list.number(request.query, "limit", 100, 1, MAX_EVENTS)
        game = await self._game(request)
        found = await self._history.since(game.game_id, since, limit)
        document = {
            "game_id": game.game_id,
            "events": [plain(event) for event in found.events],
            "has_more": found.has_more,
            "next_since_seq": found.events[-1].log_sequence if found.events else since,
        }
        return _tagged(request, orjson.dumps(document), SCORE_CACHE)

    async def _game(self, request: web.Request) -> Game:
        game_id = request.match_info["game_id"]
        if not is_id(game_id):
            raise invalid("game_id", "letters, digits, _ and - only, at most 64")
        game = await self._catalog.find(game_id)
        if game is None:
            raise ScorelineError(
                ErrorReason.ERROR_REASON_UNKNOWN_GAME,
                "no such game is registered",
                field="game_id",
                metadata={"game_id": game_id},
            )
        return game


def new_app() -> web.Application:
    """Return an application that answers every error in the one form."""
    return web.Application(middlewares=[translate], client_max_size=1024)


async def _not_an_upgrade(_request: web.Request) -> web.Response:
    names = " or ".join(Subprotocol)
    response = refusal(
        426,
        ErrorReason.ERROR_REASON_MALFORMED,
        f"this is a WebSocket; upgrade with subprotocol {names}",
        "upgrade",
    )
    response.headers["Upgrade"] = "websocket"
    return response


async def _preflight(_request: web.Request) -> web.Response:
    headers = {
        "Access-Control-Allow-Methods": "GET, HEAD",
        "Access-Control-Allow-Headers": "Accept, If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    return web.Response(status=204, headers=headers)


def _listed(game: Game, view: View | None) -> dict[str, Any]:
    """Return a game as lists have it: the catalog's facts and, where there is one, the score."""
    public = _public(game)
    public.ClearField("roster")
    document = plain(public)
    document["status"] = GameStatus.Name(_status(view))
    if view is not None:
        document["position"] = str(view.position)
        state = plain(view.state)
        document |= {part: state[part] for part in ("period", "clock", "score", "uncertain") if part in state}
    return document


def _public(game: Game) -> Game:
    public = Game()
    public.CopyFrom(game)
    # Who reports on a game is between us and the providers.
    public.ClearField("providers")
    return public


def _status(view: View | None) -> GameStatus.ValueType:
    if view is None or not view.state.status:
        return GameStatus.GAME_STATUS_SCHEDULED
    return view.state.status


def _wants_protobuf(request: web.Request) -> bool:
    accepted = request.headers.get(hdrs.ACCEPT, "")
    kinds = [part.partition(";")[0].strip().lower() for part in accepted.split(",")]
    return any(kind in (PROTOBUF, "application/protobuf") for kind in kinds)


def _known(request: web.Request, tag: str) -> bool:
    # Weak comparison (RFC 9110, 13.1.2): a cache in front may have weakened our tag.
    return any(known.value in (tag, "*") for known in request.if_none_match or ())


def _tagged(request: web.Request, body: bytes, cache: str, kind: str = JSON) -> web.Response:
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    headers = {"ETag": f'"{tag}"', "Cache-Control": cache, "Vary": "Accept"}
    if _known(request, tag):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers={**headers, "Content-Type": kind})
