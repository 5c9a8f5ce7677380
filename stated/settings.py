"""What stated can be told by its environment."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from scoreline.runtime.settings import Port, ServiceSettings
from scoreline.wire.names import PARTITIONS


class StatedSettings(ServiceSettings):
    """The settings of stated."""

    model_config = SettingsConfigDict(
        env_prefix="STATED_", frozen=True, extra="forbid", validate_default=True
    )

    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        pattern=r"^(redis|rediss|unix)://\S+$",
        description="Redis for the hot state of games.",
    )
    postgres_url: str = Field(
        "postgresql://postgres@127.0.0.1:5432/scoreline",
        pattern=r"^postgresql://\S+$",
        description="PostgreSQL for the catalog and the archive.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    grpc_port: Port = Field(50052, description="gRPC port.")
    http_port: Port = Field(8082, description="Port of health and metrics.")
    partitions_owned: str = Field(
        "all", description=f"Partitions to fold: `all`, or numbers below {PARTITIONS} between commas."
    )
    games_cached: int = Field(
        20_000,
        ge=16,
        description="Games whose fold is kept in memory; others are loaded when an event comes.",
    )
    event_attempts: int = Field(
        5,
        ge=1,
        le=100,
        description="Deliveries of an event that makes the engine fail, before it is given up.",
    )
    hot_after_end_s: int = Field(86_400, ge=60, description="Seconds a finished game stays in Redis.")
    restored_age_s: int = Field(
        2 * 86_400,
        ge=0,
        description="After a loss of Redis, games with an event in the last so many seconds are restored "
        "at once, others when asked for.",
    )
    ready_lag: int = Field(
        5000, ge=0, description="Events behind the log beyond which the service is not ready."
    )
    events_max_age_s: float = Field(
        30 * 86_400.0,
        ge=3600,
        description="Seconds the event log keeps an event, if stated creates the stream.",
    )
    repair_every_s: float = Field(
        30.0, gt=0, description="Seconds between looks for catalog entries that were not published."
    )

    @field_validator("partitions_owned")
    @classmethod
    def _names_partitions(cls, text: str) -> str:
        if text != "all":
            for part in text.split(","):
                if not part.strip().isdigit() or int(part) >= PARTITIONS:
                    raise ValueError(f"`all`, or numbers from 0 to {PARTITIONS - 1} between commas")
        return text

    @property
    def owned(self) -> list[int]:
        """The partitions to fold."""
        if self.partitions_owned == "all":
            return list(range(PARTITIONS))
        return sorted({int(part) for part in self.partitions_owned.split(",")})
