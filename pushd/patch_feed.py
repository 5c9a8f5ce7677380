"""Patches as they are published, over a core NATS subscription per watched topic; and a twin in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from pushd.ports import Published, SourceUnavailable, Unsubscribe
from scoreline.runtime.jetstream import NatsLink
from scoreline.wire.names import Header, patch_subject

_FLUSH_S = 2


class NatsPatchFeed:
    """See `PatchFeed`; nats-py subscribes again by itself after a reconnect."""

    def __init__(self, link: NatsLink) -> None:
        self._link = link

    async def subscribe(self, topic: str, receive: Callable[[Published], None]) -> Unsubscribe:
        """Deliver a topic's patches from now on."""

        async def take(message: Msg) -> None:
            receive(_published(message.data, message.headers or {}))

        try:
            subscription = await self._link.client.subscribe(patch_subject(topic), cb=take)
        except (NatsError, OSError) as error:
            raise SourceUnavailable(f"NATS: {error or type(error).__name__}") from error

        async def unsubscribe() -> None:
            # Where the connection is closed, nothing is subscribed any more.
            with suppress(NatsError, OSError):
                await subscription.unsubscribe()

        try:
            # The server has registered our interest once it answers a ping sent after it.
            await self._link.client.flush(_FLUSH_S)
        except (NatsError, OSError, TimeoutError) as error:
            await unsubscribe()
            raise SourceUnavailable(f"NATS: {error or type(error).__name__}") from error
        except BaseException:
            await unsubscribe()  # nobody waits for the room any more
            raise
        return unsubscribe


class MemoryPatchFeed:
    """A `PatchFeed` for tests, driven by `publish`."""

    def __init__(self) -> None:
        self.receivers: dict[str, list[Callable[[Published], None]]] = {}

    async def subscribe(self, topic: str, receive: Callable[[Published], None]) -> Unsubscribe:
        """Deliver a topic's patches from now on."""
        self.receivers.setdefault(topic, []).append(receive)

        async def unsubscribe() -> None:
            self.receivers[topic].remove(receive)

        return unsubscribe

    def publish(self, topic: str, patch: Published) -> None:
        """Deliver a patch to all subscribers."""
        for receive in list(self.receivers.get(topic, [])):
            receive(patch)


def _published(frame: bytes, headers: Mapping[str, str]) -> Published:
    return Published(
        frame,
        _number(headers.get(Header.EPOCH)),
        _number(headers.get(Header.RECEIVED_US)),
        headers.get(Header.CRITICAL) == "1",
        headers.get(Header.TRACE_PARENT, ""),
    )


def _number(text: str | None) -> int:
    # A header that is no number makes an epoch older than any: the patch is dropped as stale.
    return int(text) if text is not None and text.isascii() and text.isdigit() else 0
