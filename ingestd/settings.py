"""What ingestd can be told, all of it by environment variables that begin with INGESTD_."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from scoreline.runtime.settings import Port, ServiceSettings


class IngestdSettings(ServiceSettings):
    """The settings of ingestd."""

    model_config = SettingsConfigDict(env_prefix="INGESTD_")

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    grpc_port: Port = Field(50051, description="Port of the gRPC API; 0 = any free one.")
    http_port: Port = Field(8081, description="Port of webhooks, health and metrics; 0 = any free one.")
    providers_file: Path = Field(
        ..., description="TOML file that registers the providers; read again on SIGHUP."
    )
    admin_token_sha256: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the token that opens the dead letters to operators; unset = closed.",
    )
    window_events: int = Field(
        1000, ge=1, le=100_000, description="Events that one stream may have on their way without an answer."
    )
    events_per_second: float = Field(
        10_000,
        gt=0,
        description="Events a second of one provider, unless the registry gives it its own limit.",
    )
    burst_events: float = Field(
        20_000, gt=0, description="Events that a provider may send at once after a silence."
    )
    game_events_per_second: float = Field(
        300, gt=0, description="Events a second of one game; real feeds send a few."
    )
    game_burst_events: float = Field(
        5000, gt=0, description="Events that one game may bring at once after a silence: a whole recording."
    )
    max_message_bytes: int = Field(
        1 << 20, ge=1024, le=64 << 20, description="Largest gRPC message of a provider."
    )
    max_document_bytes: int = Field(8 << 20, ge=1024, le=64 << 20, description="Largest body of a webhook.")
    max_pending_events: int = Field(
        20_000, ge=1000, description="Events published to NATS that have no ack yet; more wait."
    )
    ack_timeout_s: float = Field(
        4.0, gt=0, le=60, description="Seconds an event waits for its ack before it is answered UNAVAILABLE."
    )
    stream_replicas: int = Field(
        1, ge=1, le=5, description="Replicas of the streams that are created; 3 in a cluster."
    )
