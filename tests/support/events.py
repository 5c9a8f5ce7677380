"""Reading the archive."""

from __future__ import annotations

import time

import grpc

from scoreline.v1 import state_service_pb2, state_service_pb2_grpc
from scoreline.v1.state_service_pb2 import ArchivedEvent
from tests.support.running import Running


def archived_events(
    running: Running, game_id: str, *, at_least: int, deadline_s: float = 15.0
) -> list[ArchivedEvent]:
    """Return a game's archived events once there are `at_least` so many; the archive follows the log."""
    until = time.monotonic() + deadline_s
    with grpc.insecure_channel(running.stack.endpoints.state) as channel:
        stub = state_service_pb2_grpc.StateServiceStub(channel)
        while True:
            request = state_service_pb2.ListEventsRequest(game_id=game_id, page_size=1000)
            events = list(stub.ListEvents(request, timeout=10).events)
            if len(events) >= at_least:
                return events
            assert time.monotonic() < until, f"{game_id}: {len(events)} archived, {at_least} acked"
            time.sleep(0.1)
