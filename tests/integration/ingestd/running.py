"""A real ingestd as its own process, in front of a real NATS."""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from scoreline.runtime import jetstream, streams
from scoreline.v1.event_pb2 import EventAction, FeedOrdering, GameEvent, GoalScored, MatchTime
from scoreline.v1.game_pb2 import Game, GameProvider, Side, Sport, Team
from scoreline.v1.ingest_service_pb2 import (
    IngestAnswer,
    IngestItem,
    IngestStreamRequest,
    IngestStreamResponse,
)
from scoreline.v1.state_pb2 import PeriodKind
from scoreline.wire import names

ACME_TOKEN, OTHER_TOKEN, SLOW_TOKEN, ADMIN_TOKEN = "acme-token", "other-token", "slow-token", "admin-token"
ACME_SECRET = b"acme-webhook-secret-of-32-letters"
FOOTBALL, BASKETBALL, FOREIGN = "football-1", "basketball-1", "foreign-1"
DEADLINE_S = 20.0


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def games() -> list[Game]:
    def game(game_id: str, sport: Sport.ValueType, *providers: str) -> Game:
        return Game(
            game_id=game_id,
            sport=sport,
            home=Team(team_id="home", name="Home"),
            away=Team(team_id="away", name="Away"),
            providers=[GameProvider(provider_id=it, external_game_id=f"x-{game_id}") for it in providers],
        )

    return [
        game(FOOTBALL, Sport.SPORT_FOOTBALL, "acme", "other", "slow"),
        game(BASKETBALL, Sport.SPORT_BASKETBALL, "acme"),
        game(FOREIGN, Sport.SPORT_FOOTBALL, "other"),
    ]


def goal(event_id: str, game_id: str = FOOTBALL, **more: Any) -> GameEvent:
    event = GameEvent(
        game_id=game_id,
        event_id=event_id,
        revision=1,
        action=EventAction.EVENT_ACTION_CREATE,
        ordering=FeedOrdering.FEED_ORDERING_MONOTONIC,
        sequence=1,
        side=Side.SIDE_HOME,
        time=MatchTime(kind=PeriodKind.PERIOD_KIND_REGULAR, ordinal=1, elapsed_ms=60_000),
        goal_scored=GoalScored(),
    )
    event.MergeFrom(GameEvent(**more))
    return event


@dataclass
class Ingestd:
    """A running ingestd."""

    process: "subprocess.Popen[bytes]"
    grpc_port: int
    http_port: int
    nats_url: str
    folder: Path

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def log(self) -> str:
        return (self.folder / "log").read_text()


def launch(nats_url: str, folder: Path, **environ: str) -> Ingestd:
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "acme.secret"
    secret.write_bytes(ACME_SECRET)
    secret.chmod(0o600)
    (folder / "providers.toml").write_text(
        f'[providers.acme]\ntoken_sha256 = "{sha256(ACME_TOKEN)}"\nwebhook_secret_file = "{secret}"\n'
        'formats = ["scoreline", "scoreline-facts", "wyscout"]\n'
        f'[providers.other]\ntoken_sha256 = "{sha256(OTHER_TOKEN)}"\n'
        f'[providers.slow]\ntoken_sha256 = "{sha256(SLOW_TOKEN)}"\n'
        "events_per_second = 20\nburst_events = 40\n"
    )
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    settings = {
        "INGESTD_NATS_URL": nats_url,
        "INGESTD_PROVIDERS_FILE": str(folder / "providers.toml"),
        "INGESTD_GRPC_PORT": "0",
        "INGESTD_HTTP_PORT": "0",
        "INGESTD_READY_FILE": str(ready),
        "INGESTD_ADMIN_TOKEN_SHA256": sha256(ADMIN_TOKEN),
        "INGESTD_LOG_FORMAT": "json",
        **environ,
    }
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ingestd"], env={**os.environ, **settings}, stdout=log, stderr=log
        )
    deadline = time.monotonic() + DEADLINE_S
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise AssertionError(f"ingestd did not start:\n{(folder / 'log').read_text()}")
        time.sleep(0.02)
    ports = json.loads(ready.read_text())["ports"]
    return Ingestd(process, ports["grpc"], ports["http"], nats_url, folder)


async def register_games(nats_url: str) -> None:
    link = await jetstream.connect(nats_url, "test-catalog", deadline_s=10)
    await streams.ensure_streams(link.js, streams.configs())
    for game in games():
        await link.js.publish(names.catalog_subject(game.game_id), game.SerializeToString())
    await link.close()


class Sender:
    """A provider's side of a stream."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.window = 0

    async def send(self, *events: GameEvent, first_tag: int = 1) -> None:
        items = [IngestItem(tag=first_tag + place, event=event) for place, event in enumerate(events)]
        await self.call.write(IngestStreamRequest(items=items).SerializeToString())

    async def send_raw(self, payload: bytes) -> None:
        await self.call.write(payload)

    async def read(self) -> list[IngestAnswer]:
        async with asyncio.timeout(DEADLINE_S):
            payload = await self.call.read()
        assert payload is not grpc.aio.EOF, "the stream ended"
        response = IngestStreamResponse.FromString(payload)
        self.window = response.window_events or self.window
        return list(response.answers)

    async def answers(self, count: int) -> dict[int, IngestAnswer]:
        found: dict[int, IngestAnswer] = {}
        while len(found) < count:
            found.update((answer.tag, answer) for answer in await self.read())
        return found

    async def one(self, event: GameEvent) -> IngestAnswer:
        await self.send(event)
        return (await self.answers(1))[1]


def metadata(provider_id: str = "acme", token: str = ACME_TOKEN) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"), ("scoreline-provider", provider_id))


@asynccontextmanager
async def open_stream(
    ingestd: Ingestd, provider_id: str = "acme", token: str = ACME_TOKEN, *more: tuple[str, str]
) -> AsyncIterator[Sender]:
    async with grpc.aio.insecure_channel(
        ingestd.target, options=[("grpc.use_local_subchannel_pool", 1)]
    ) as channel:
        call = channel.stream_stream("/scoreline.v1.IngestService/Stream")(
            metadata=(*metadata(provider_id, token), *more)
        )
        sender = Sender(call)
        await sender.read()
        yield sender
        call.cancel()
