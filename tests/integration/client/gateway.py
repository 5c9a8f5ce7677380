"""A small gateway on a real socket that misbehaves on request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from scoreline.v1.frame_pb2 import ClientFrame, Error, ServerFrame, Unsubscribed, Welcome
from scoreline.v1.state_pb2 import ScoreState
from tests.unit.client.model_server import ModelTopic


class Gateway:
    """Topics over WebSocket and REST; every frame of every client is kept for the test to look at."""

    def __init__(self, *games: str, heartbeat_s: int = 15) -> None:
        self.topics = {
            f"game/{game}": ModelTopic(f"game/{game}", number) for number, game in enumerate(games, start=1)
        }
        self.heartbeat_s = heartbeat_s
        self.refuse_upgrades = False
        self.refuse_everything = False
        self.retry_after = ""
        """Sent with refused upgrades."""
        self.refused_at_s: list[float] = []
        self.speaks_for_itself = True
        """Otherwise a 404 is somebody else's, such as a proxy's."""
        self.answer_subscribes = True
        self.refusals: list[Error] = []
        """Taken instead of the next answers to subscribes."""
        self.connections: list[ServerConnection] = []
        self.received: list[ClientFrame] = []
        self.sent: list[ServerFrame] = []
        self.polls: list[tuple[str, int]] = []
        self._happened = asyncio.Condition()
        self._server: Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen, on the former port when it listened before."""
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self._port,
            subprotocols=[Subprotocol("scoreline.v1.proto")],
            process_request=self._on_request,
            compression=None,
            ping_interval=None,
        )
        self._port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and break every connection without a word."""
        assert self._server is not None
        self.cut()
        self._server.close()
        await self._server.wait_closed()

    def topic(self, game: str) -> ModelTopic:
        """Return a game's topic."""
        return self.topics[f"game/{game}"]

    async def publish(self, game: str, body: ScoreState, *, lose: bool = False) -> None:
        """Commit a patch and send it to everybody, or lose it on the way."""
        frame = self.topic(game).publish(body)
        if not lose:
            await self.send(frame)

    async def send(self, frame: ServerFrame) -> None:
        """Send a frame to every open connection."""
        self.sent.append(frame)
        for connection in self.connections:
            # A connection that is on its way out misses it.
            with suppress(ConnectionClosed):
                await connection.send(frame.SerializeToString())

    def cut(self) -> None:
        """Break every connection without a close frame."""
        for connection in self.connections:
            connection.transport.abort()

    async def until(self, claim: Callable[[], bool]) -> None:
        """Return once `claim` holds; it is looked at whenever a client did something."""
        async with asyncio.timeout(10), self._happened:
            await self._happened.wait_for(claim)

    def subscribes(self) -> list[tuple[str, int | None]]:
        """Return the subscribes received: topic and version asked from."""
        return [
            (
                frame.subscribe.topic,
                frame.subscribe.position.version if frame.subscribe.HasField("position") else None,
            )
            for frame in self.received
            if frame.HasField("subscribe")
        ]

    async def _serve(self, connection: ServerConnection) -> None:
        welcome = Welcome(session_id="s1", heartbeat_s=self.heartbeat_s, max_subscriptions=1000)
        welcome.server_time.GetCurrentTime()
        await connection.send(ServerFrame(welcome=welcome).SerializeToString())
        self.connections.append(connection)
        await self._tell()
        try:
            async for message in connection:
                assert isinstance(message, bytes)
                await self._on_frame(connection, ClientFrame.FromString(message))
        except ConnectionClosed:
            pass  # a cut is what most tests want
        finally:
            self.connections.remove(connection)
            await self._tell()

    async def _on_frame(self, connection: ServerConnection, frame: ClientFrame) -> None:
        self.received.append(frame)
        for answer in self._answers(frame):
            self.sent.append(answer)
            await connection.send(answer.SerializeToString())
        await self._tell()

    def _answers(self, frame: ClientFrame) -> list[ServerFrame]:
        if frame.HasField("unsubscribe"):
            return [ServerFrame(unsubscribed=Unsubscribed(name=frame.unsubscribe.topic))]
        if not frame.HasField("subscribe") or not self.answer_subscribes:
            return []
        name = frame.subscribe.topic
        if self.refusals:
            refusal = self.refusals.pop(0)
            refusal.topic = name
            return [ServerFrame(error=refusal)]
        if name not in self.topics:
            return [
                ServerFrame(error=Error(reason="ERROR_REASON_UNKNOWN_TOPIC", topic=name, retry_after_ms=5000))
            ]
        return self.topics[name].subscribe(frame.subscribe)

    async def _on_request(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path != "/v1/ws":
            response = self._poll(request)
            self.polls.append((request.path, response.status_code))
            await self._tell()
            return response
        if not (self.refuse_upgrades or self.refuse_everything):
            return None
        self.refused_at_s.append(asyncio.get_running_loop().time())
        await self._tell()
        hint = {"Retry-After": self.retry_after} if self.retry_after else {}
        return _response(HTTPStatus.SERVICE_UNAVAILABLE, headers=hint)

    def _poll(self, request: Request) -> Response:
        if self.refuse_everything:
            return _response(HTTPStatus.SERVICE_UNAVAILABLE)
        game = request.path.removeprefix("/v1/games/").removesuffix("/score")
        topic = self.topics.get(f"game/{game}")
        if topic is None:
            said = b'{"reason": "UNKNOWN_GAME"}' if self.speaks_for_itself else b"<h1>Not found</h1>"
            return _response(HTTPStatus.NOT_FOUND, said)
        if request.headers.get("If-None-Match") == f'"{topic.position}"':
            return _response(HTTPStatus.NOT_MODIFIED)
        headers = {"Content-Type": "application/x-protobuf", "Scoreline-Position": str(topic.position)}
        return _response(HTTPStatus.OK, topic.state.SerializeToString(), headers)

    async def _tell(self) -> None:
        async with self._happened:
            self._happened.notify_all()


def _response(status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None) -> Response:
    all_headers = Headers({**(headers or {}), "Connection": "close", "Content-Length": str(len(body))})
    return Response(status.value, status.phrase, all_headers, body)
