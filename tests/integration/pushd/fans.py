"""Clients as tests need them: they apply what comes, and refuse a gap."""

import asyncio
from collections.abc import Callable

import aiohttp
import orjson
from google.protobuf.json_format import ParseDict
from websockets.asyncio.client import ClientConnection, connect

from scoreline.domain.patch import merge_into
from scoreline.domain.position import Position
from scoreline.v1.frame_pb2 import ClientFrame, Notice, ServerFrame
from scoreline.v1.state_pb2 import ScoreState

WAIT_S = 20


class Fan:
    """What a client knows of its topics, after the rules of frame.proto."""

    def __init__(self) -> None:
        self.states: dict[int, ScoreState] = {}
        self.positions: dict[int, Position] = {}
        self.names: dict[int, str] = {}
        self.frames: list[ServerFrame] = []

    def take(self, frame: ServerFrame) -> None:
        self.frames.append(frame)
        if frame.HasField("snapshot"):
            snapshot = frame.snapshot
            self.states[snapshot.topic] = snapshot.game
            self.positions[snapshot.topic] = Position(snapshot.position.epoch, snapshot.position.version)
        elif frame.HasField("patch"):
            patch = frame.patch
            epoch, version = self.positions[patch.topic]
            if patch.version <= version:
                return
            assert version + 1 + patch.span == patch.version, "a gap"
            merge_into(self.states[patch.topic], patch.game)
            self.positions[patch.topic] = Position(epoch, patch.version)
        elif frame.HasField("subscribed"):
            self.names[frame.subscribed.topic] = frame.subscribed.name

    def of(self, arm: str) -> list[ServerFrame]:
        return [frame for frame in self.frames if frame.WhichOneof("frame") == arm]

    @property
    def told_slow(self) -> int:
        return sum(frame.notice.kind == Notice.NOTICE_KIND_SLOW for frame in self.of("notice"))


def subscribe(name: str, position: Position | None = None) -> bytes:
    frame = ClientFrame()
    frame.subscribe.topic = name
    if position is not None:
        frame.subscribe.position.epoch, frame.subscribe.position.version = position
    return frame.SerializeToString()


def open_proto(url: str, **options) -> connect:
    return connect(url, subprotocols=["scoreline.v1.proto"], compression=None, max_size=None, **options)


async def read_until(connection: ClientConnection, fan: Fan, done: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not done():
            fan.take(ServerFrame.FromString(await connection.recv()))


async def aiohttp_until(socket: aiohttp.ClientWebSocketResponse, fan: Fan, done: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not done():
            fan.take(ServerFrame.FromString(await socket.receive_bytes()))


class JsonFan:
    """A client of the JSON subprotocol."""

    def __init__(self) -> None:
        self.state = ScoreState()
        self.epoch = self.version = 0
        self.messages: list[dict] = []

    def take(self, text: str) -> None:
        message = orjson.loads(text)
        self.messages.append(message)
        if message["type"] == "full_state":
            self.state = ParseDict(message["state"], ScoreState())
            self.epoch, self.version = message["epoch"], message["version"]
        elif message["type"] == "score_update":
            assert self.version + 1 + message["span"] == message["version"], "a gap"
            merge_into(self.state, ParseDict(message["patch"], ScoreState()))
            self.version = message["version"]
