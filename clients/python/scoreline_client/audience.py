"""Who follows what: the followings of every topic, held weakly so that a loop that was left is forgotten."""

from __future__ import annotations

from weakref import WeakSet

from scoreline_client.errors import ClientError
from scoreline_client.follower import Topic
from scoreline_client.following import Following


class Audience:
    """The followings of a client, by topic."""

    def __init__(self) -> None:
        self._by_topic: dict[str, WeakSet[Following]] = {}

    def add(self, topic: str, following: Following) -> None:
        """Let `following` hear of `topic`."""
        self._by_topic.setdefault(topic, WeakSet()).add(following)

    def offer(self, topic: Topic) -> None:
        """Tell everybody who follows `topic` that it has something newer."""
        for following in tuple(self._by_topic.get(topic.name, ())):
            following.offer(topic)

    def fail(self, topic: str, failure: ClientError) -> None:
        """End the followings of one topic."""
        for following in tuple(self._by_topic.pop(topic, ())):
            following.fail(failure)

    def fail_all(self, failure: ClientError) -> None:
        """End every following."""
        for topic in tuple(self._by_topic):
            self.fail(topic, failure)

    def close(self) -> None:
        """Close every following."""
        for followings in self._by_topic.values():
            for following in tuple(followings):
                following.close()

    def take_unread(self) -> list[str]:
        """Return and forget the topics that nobody reads any more."""
        unread = [
            topic
            for topic, followings in self._by_topic.items()
            if all(following.closed for following in followings)
        ]
        for topic in unread:
            del self._by_topic[topic]
        return unread
