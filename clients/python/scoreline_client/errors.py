"""What a follower or a whole client can fail with; everything else is repaired without a word."""

from __future__ import annotations

from scoreline.v1.error_reason_pb2 import ErrorReason


class ClientError(Exception):
    """The root of what this library raises."""


class SubscriptionRefused(ClientError):
    """The server refuses to send one game; other games of the client go on."""

    def __init__(self, game_id: str, reason: ErrorReason.ValueType, message: str) -> None:
        super().__init__(game_id, reason, message)
        self.game_id = game_id
        self.reason = reason
        self.message = message

    @property
    def reason_name(self) -> str:
        """The reason as people and JSON spell it, such as `TOO_MANY_SUBSCRIPTIONS`."""
        return ErrorReason.Name(self.reason).removeprefix("ERROR_REASON_")

    def __str__(self) -> str:
        return f"{self.game_id}: {self.reason_name}: {self.message}"


class UnknownGame(SubscriptionRefused):
    """No such game is registered."""


class SubscriptionEnded(ClientError):
    """The server ended the subscription of one game by itself."""

    def __init__(self, game_id: str) -> None:
        super().__init__(game_id)
        self.game_id = game_id

    def __str__(self) -> str:
        return f"{self.game_id}: the server ended the subscription"


class ConnectionRefused(ClientError):
    """The server closed the connection in a way that says: do not come back."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"closed with {self.code}: {self.reason or 'no reason given'}"
