"""Viewers that know only the protocol page: they apply frames by its rules and end with a state.

Independent of the Python client on purpose, so that a mistake there can't hide one here.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
import grpc
from google.protobuf.json_format import ParseDict
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from scoreline.domain.patch import merge_into, trim
from scoreline.domain.position import Position, parse_position
from scoreline.v1 import frame_pb2, push_service_pb2, push_service_pb2_grpc
from scoreline.v1.frame_pb2 import ClientFrame, ServerFrame, Subscribe
from scoreline.v1.state_pb2 import ScoreState

#: Well past any final state of these tests; a viewer that is not there by then is wrong.
DEADLINE_S = 60.0


class Refused(Exception):
    """The server refused a subscription, as it does for a game that is not registered yet."""


@dataclass
class Seen:
    """What a viewer has of one game, and how it got there."""

    game_id: str
    state: ScoreState = field(default_factory=ScoreState)
    position: Position = field(default_factory=lambda: Position(0, 0))
    number: int = 0
    snapshots: int = 0
    patches: int = 0
    merged_patches: int = 0
    scores: list[tuple[int, int]] = field(default_factory=list)

    def take(self, frame: ServerFrame) -> None:
        """Apply a frame by the protocol's rules; a gap is a broken promise of the server."""
        kind = frame.WhichOneof("frame")
        if kind == "subscribed" and frame.subscribed.name == f"game/{self.game_id}":
            self.number = frame.subscribed.topic
        elif kind == "snapshot" and frame.snapshot.name == f"game/{self.game_id}":
            self.number = frame.snapshot.topic
            self.state.CopyFrom(frame.snapshot.game)
            self.position = Position(frame.snapshot.position.epoch, frame.snapshot.position.version)
            self.snapshots += 1
        elif kind == "patch" and frame.patch.topic == self.number:
            patch = frame.patch
            if patch.version <= self.position.version:
                return
            expected = self.position.version + 1 + patch.span
            assert patch.version == expected, (
                f"gap: at {self.position}, patch {patch.version} span {patch.span}"
            )
            merge_into(self.state, patch.game)
            self.position = self.position._replace(version=patch.version)
            self.patches += 1
            self.merged_patches += bool(patch.span)
        elif kind == "error":
            raise Refused(frame.error.reason, frame.error.message)
        else:
            return
        self.scores.append((self.state.score.home, self.state.score.away))

    @property
    def normal_form(self) -> bytes:
        """The state's bytes, the same for equal states."""
        return self.state.SerializeToString(deterministic=True)


Reached = Callable[[Seen], bool]


def subscribe_frame(seen: Seen) -> bytes:
    """Return the frame that follows the viewer's game from where the viewer stands."""
    subscribe = Subscribe(topic=f"game/{seen.game_id}")
    if seen.position.version:
        subscribe.position.epoch, subscribe.position.version = seen.position
    return ClientFrame(subscribe=subscribe).SerializeToString()


async def open_socket(push_url: str, *, receive_buffer: int | None = None) -> ClientConnection:
    """Connect to a gateway; a small receive buffer makes a reader slow sooner."""
    where = urlsplit(push_url)
    raw = socket.socket()
    if receive_buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (where.hostname, where.port))
    return await connect(
        f"ws://{where.netloc}/v1/ws",
        sock=raw,
        subprotocols=["scoreline.v1.proto"],  # type: ignore[list-item]  # the library's NewType of str
        max_queue=1 if receive_buffer else 16,
        compression=None,
    )


async def follow(push_url: str, seen: Seen, until: Reached) -> Seen:
    """Follow one game on one connection until `until` holds; reconnect with the position when it breaks."""
    async with asyncio.timeout(DEADLINE_S):
        while not until(seen):
            try:
                async with await open_socket(push_url) as ws:
                    await _read(ws, seen, until)
            except (OSError, ConnectionClosed, Refused):
                # A gateway that restarts, a game not yet registered: the pace of trying again.
                await asyncio.sleep(0.1)
    return seen


async def _read(ws: ClientConnection, seen: Seen, until: Reached) -> None:
    await ws.send(subscribe_frame(seen))
    while not until(seen):
        message = await ws.recv()
        assert isinstance(message, bytes)
        seen.take(ServerFrame.FromString(message))


async def follow_with_drops(push_url: str, seen: Seen, until: Reached, *, every_patches: int) -> Seen:
    """Follow, but lose the connection after every few patches and come back with the position."""
    async with asyncio.timeout(DEADLINE_S):
        while not until(seen):
            enough = seen.patches + every_patches
            async with await open_socket(push_url) as ws:
                await _read(ws, seen, lambda now, enough=enough: until(now) or now.patches >= enough)  # type: ignore[misc]  # default binds the loop's value
    return seen


async def follow_slowly(push_url: str, seen: Seen, until: Reached, wake: asyncio.Event) -> Seen:
    """Subscribe, then read nothing until `wake`; then read on."""
    async with asyncio.timeout(DEADLINE_S), await open_socket(push_url, receive_buffer=4096) as ws:
        await ws.send(subscribe_frame(seen))
        await wake.wait()
        while not until(seen):
            message = await ws.recv()
            assert isinstance(message, bytes)
            seen.take(ServerFrame.FromString(message))
    return seen


async def poll(push_url: str, seen: Seen, until: Reached) -> Seen:
    """Read the score over plain HTTP with If-None-Match."""
    etag = ""
    headers = {"Accept": "application/x-protobuf"}
    async with asyncio.timeout(DEADLINE_S), aiohttp.ClientSession() as http:
        while not until(seen):
            conditional = headers | ({"If-None-Match": etag} if etag else {})
            async with http.get(f"{push_url}/v1/games/{seen.game_id}/score", headers=conditional) as answer:
                if answer.status == 200:
                    etag = answer.headers["ETag"]
                    seen.state = ScoreState.FromString(await answer.read())
                    seen.position = parse_position(answer.headers["Scoreline-Position"]) or seen.position
                    seen.snapshots += 1
                else:
                    assert answer.status in (204, 304), await answer.text()  # 204: no state yet
            await asyncio.sleep(0.05)  # a poller's own pace, not a wait for anything
    return seen


async def follow_as_partner(push_grpc: str, seen: Seen, until: Reached) -> Seen:
    """Follow over the gRPC stream."""
    async with asyncio.timeout(DEADLINE_S), grpc.aio.insecure_channel(push_grpc) as channel:
        stub = push_service_pb2_grpc.PushServiceStub(channel)
        request = push_service_pb2.FollowRequest(
            subscriptions=[frame_pb2.Subscribe(topic=f"game/{seen.game_id}")]
        )
        call = stub.Follow(request)
        frames: AsyncIterator[ServerFrame] = call.__aiter__()
        while not until(seen):
            seen.take(await frames.__anext__())
        call.cancel()
    return seen


async def follow_in_json(push_url: str, seen: Seen, until: Reached) -> Seen:
    """Follow in the JSON subprotocol, merging objects key by key."""
    where = urlsplit(push_url)
    held: dict[str, object] = {}
    async with (
        asyncio.timeout(DEADLINE_S),
        connect(f"ws://{where.netloc}/v1/ws", subprotocols=["scoreline.v1.json"], compression=None) as ws,  # type: ignore[list-item]  # NewType of str
    ):
        await ws.send(json.dumps({"action": "subscribe", "game_id": seen.game_id}))
        while not until(seen):
            message = json.loads(await ws.recv())
            if message["type"] == "full_state":
                held = message["state"]
                seen.position = Position(int(message["epoch"]), int(message["version"]))
                seen.snapshots += 1
            elif message["type"] == "score_update":
                version = int(message["version"])
                assert version == seen.position.version + 1 + int(message.get("span", 0))
                _merge_objects(held, message["patch"])
                seen.position = seen.position._replace(version=version)
                seen.patches += 1
            else:
                continue
            seen.state = ParseDict(held, ScoreState())
            trim(seen.state)
    return seen


def _merge_objects(held: dict[str, object], patch: dict[str, object], *, entries: bool = False) -> None:
    for key, value in patch.items():
        existing = held.get(key)
        # Entries of a map are replaced whole, everything else is merged object by object.
        if not entries and isinstance(value, dict) and isinstance(existing, dict):
            _merge_objects(existing, value, entries=key in ("key_events", "roster"))
        else:
            held[key] = value
