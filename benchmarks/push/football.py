"""The football run: thirty updates of one match, counted as packets to one client.

Counted twice: with the facts of the published match alone (names, sides, events, score), and with everything
that stated's football fold sets besides (counters of cards and shots, clock, shirt numbers, competition).

The figures to beat were published by the authors of Centrifugo: the same match as whole states in JSON, in
Protobuf, compressed, and as deltas. States are made by hand; stated's rule book is not asked, since in this
match players who were sent off go on playing.
"""

from __future__ import annotations

import itertools
from typing import Any

from websockets.asyncio.client import connect

from benchmarks.push.games import PlayedGame
from benchmarks.push.stand import Stand
from scoreline.domain.patch import diff
from scoreline.v1.frame_pb2 import ServerFrame
from scoreline.v1.game_pb2 import Side, Sport
from scoreline.v1.state_pb2 import GameStatus, KeyEventKind, PeriodKind, ScoreState

TITLE = "bytes of one match to one client"
GOAL_BYTES = 3000
#: Payload and TCP/IP headers, as published on 2024-05-30.
PUBLISHED = {
    "json_over_json": {"plain": 40_251, "deflate": 15_669, "delta": 6_043, "delta_deflate": 5_360},
    "json_over_protobuf": {"plain": 39_180, "deflate": 15_542, "delta": 4_287, "delta_deflate": 4_126},
    "protobuf_over_protobuf": {"plain": 16_562, "deflate": 13_115, "delta": 4_382, "delta_deflate": 4_473},
}
_HEADERS = (56, 66)
_HALF_MIN = 45

_HOME = (
    "John Doe, Jane Smith, Alex Johnson, Chris Lee, Pat Kim, Sam Morgan, Jamie Brown, Casey Davis, "
    "Morgan Garcia, Taylor White, Jordan Martinez"
)
_AWAY = (
    "Robin Wilson, Drew Taylor, Jessie Bailey, Casey Flores, Jordan Walker, Charlie Green, Alex Adams, "
    "Morgan Thompson, Taylor Clark, Jordan Hernandez, Jamie Lewis"
)
_FACTS = """
0 red A2, 3 sub A9, 6 yellow H1, 9 sub H7, 12 goal A2, 15 sub H9, 18 yellow H10, 21 sub H11, 24 sub H11,
27 yellow A8, 30 goal H9, 33 sub A5, 36 yellow A11, 39 sub H1, 42 sub H10, 45 sub H10, 48 sub A8, 51 goal A6,
54 sub A11, 57 yellow H9, 60 goal A6, 62 goal H9, 66 red H9, 69 yellow H10, 72 red H10, 75 sub A6,
78 yellow A4, 81 yellow H8, 84 goal H4, 87 sub A9
"""
_KINDS = {
    "goal": KeyEventKind.KEY_EVENT_KIND_GOAL,
    "yellow": KeyEventKind.KEY_EVENT_KIND_YELLOW_CARD,
    "red": KeyEventKind.KEY_EVENT_KIND_RED_CARD,
    "sub": KeyEventKind.KEY_EVENT_KIND_SUBSTITUTION,
}
_COUNTED = {"goal": ("shots", "shots_on_target"), "yellow": ("yellow_cards",), "red": ("red_cards",)}
_PLAYERS_A_SIDE = 11


async def run(stand: Stand, *, smoke: bool) -> dict[str, Any]:
    """Play the match through a gateway to one client and count what it received."""
    return {
        "build": "codec layer: states by hand, diff and frames by scoreline, one real gateway and socket",
        "goal_bytes": GOAL_BYTES,
        "published_facts_only": await _play(stand, "facts", whole=False),
        "as_stated_would_send": await _play(stand, "whole", whole=True),
        "published_centrifugo": PUBLISHED,
    }


async def _play(stand: Stand, name: str, *, whole: bool) -> dict[str, Any]:
    states = [_opening(whole=whole)]
    for fact in _FACTS.replace("\n", " ").split(","):
        states.append(_after(states[-1], *fact.split(), whole=whole))
    assert len(states) == 31
    assert (states[-1].score.home, states[-1].score.away) == (3, 3)
    [game] = await stand.publisher.register(f"football-{name}", 1)
    game.state, game.version = ScoreState(), 0
    game.frames.clear()
    game.become(states[1])
    await stand.publisher.commit([game])
    async with stand.gateway() as gateway:
        messages = await _watched(stand, gateway.port, game, states[1:])
    _check(messages, states[-1])
    payloads = [len(message) for message in messages]
    framed = [size + (2 if size < 126 else 4) for size in payloads]
    count = len(framed)
    totals = {headers: sum(payloads) + headers * count for headers in _HEADERS}
    return {
        "packets": count,
        "snapshot_bytes": payloads[0],
        "median_patch_bytes": sorted(payloads[1:])[count // 2 - 1],
        "payload_bytes": sum(payloads),
        "total_56": totals[56],
        "total_66": totals[66],
        "total_56_with_websocket_headers": sum(framed) + 56 * count,
        "total_66_with_websocket_headers": sum(framed) + 66 * count,
        "goal_met": totals[56] <= GOAL_BYTES,
        "goal_met_with_websocket_headers": sum(framed) + 56 * count <= GOAL_BYTES,
        "share_of_centrifugo_json": round(totals[56] / 40_251, 3),
        "share_of_centrifugo_best": round(totals[56] / 4_126, 3),
        "share_that_is_tcp_ip": round(56 * count / totals[56], 3),
    }


async def _watched(stand: Stand, port: int, game: PlayedGame, states: list[ScoreState]) -> list[bytes]:
    received = []
    async with connect(
        f"ws://127.0.0.1:{port}/v1/ws",
        subprotocols=["scoreline.v1.proto"],  # type: ignore[list-item]  # the library's NewType of str
        compression=None,
    ) as ws:
        await ws.send(game.subscribe())
        while not received:
            message = await ws.recv()
            assert isinstance(message, bytes)
            if ServerFrame.FromString(message).HasField("snapshot"):
                received.append(message)
        for before, after in itertools.pairwise(states):
            await stand.publisher.publish(game, game.become(diff(before, after)))
            message = await ws.recv()
            assert isinstance(message, bytes)
            received.append(message)
    return received


def _check(messages: list[bytes], final: ScoreState) -> None:
    """Raise if a client that merges the messages doesn't end with the final state."""
    state = ServerFrame.FromString(messages[0]).snapshot.game
    for message in messages[1:]:
        state.MergeFrom(ServerFrame.FromString(message).patch.game)
    if state != final:
        raise RuntimeError("the received patches don't lead to the final state")


def _opening(*, whole: bool) -> ScoreState:
    state = ScoreState()
    state.score.home = state.score.away = 0
    sheet = state.sheet
    sheet.home.name, sheet.away.name = "Real Madrid", "Barcelona"
    for at, (side, names) in enumerate(((Side.SIDE_HOME, _HOME), (Side.SIDE_AWAY, _AWAY))):
        for number, name in enumerate(names.split(", "), 1):
            player = sheet.roster[at * _PLAYERS_A_SIDE + number]
            player.name, player.side = name, side
            if whole:
                player.shirt_number = number
    if whole:
        _say_the_rest(state)
    return state


def _say_the_rest(state: ScoreState) -> None:
    state.status, state.uncertain = GameStatus.GAME_STATUS_LIVE, False
    state.period.kind, state.period.ordinal = PeriodKind.PERIOD_KIND_REGULAR, 1
    state.period.on_break = False
    state.clock.elapsed_ds, state.clock.running, state.clock.as_of_ds = 0, True, 0
    sheet = state.sheet
    sheet.sport, sheet.reference_time_s = Sport.SPORT_FOOTBALL, 1_717_000_000
    sheet.home.team_id, sheet.home.short_name = "real-madrid", "Real Madrid"
    sheet.away.team_id, sheet.away.short_name = "barcelona", "Barcelona"
    sheet.counts_down, sheet.regular_period_s, sheet.regular_periods = False, _HALF_MIN * 60, 2
    sheet.overtime_period_s, sheet.competition = 900, "Example League"
    for counters in (state.football.home, state.football.away):
        counters.yellow_cards = counters.red_cards = counters.corners = counters.fouls = 0
        counters.offsides = counters.shots = counters.shots_on_target = 0
    state.football.stoppage_minutes = 0


def _after(state: ScoreState, minute: str, what: str, who: str, *, whole: bool) -> ScoreState:
    after = ScoreState()
    after.CopyFrom(state)
    home = who[0] == "H"
    half, into = divmod(int(minute), _HALF_MIN)
    line = after.key_events[max(state.key_events, default=0) + 1]
    line.kind = _KINDS[what]
    line.player = int(who[1:]) + (0 if home else _PLAYERS_A_SIDE)
    line.period, line.elapsed_s = half + 1, into * 60
    if what == "goal" and home:
        after.score.home += 1
    elif what == "goal":
        after.score.away += 1
    if whole:
        counters = after.football.home if home else after.football.away
        for name in _COUNTED.get(what, ()):
            setattr(counters, name, getattr(counters, name) + 1)
    return after
