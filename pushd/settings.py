"""What pushd can be told by the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from scoreline.runtime.settings import Port, ServiceSettings


class Settings(ServiceSettings):
    """The gateway's settings."""

    model_config = SettingsConfigDict(env_prefix="PUSHD_", frozen=True, extra="forbid", validate_default=True)

    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        pattern=r"^(redis|rediss|unix)://\S+$",
        description="Redis with the states.",
    )
    state_address: str = Field(
        "127.0.0.1:50052", description="gRPC address of stated, asked for older events only."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    http_port: Port = Field(8080, description="Port of WebSocket, REST, page, health and metrics.")
    grpc_port: Port = Field(50053, description="Port of the gRPC streams.")
    share_port: bool = Field(
        False, description="Let several processes listen on the HTTP port (SO_REUSEPORT)."
    )
    workers: int = Field(
        1, ge=1, le=256, description="Processes that share the ports under a supervisor; also `--workers`."
    )
    listener: int | None = Field(
        None, ge=0, description="Descriptor to accept from, set by the supervisor; unset = the HTTP port."
    )
    crew_file: Path | None = Field(
        None, description="Where the supervisor says how all workers are; set by the supervisor."
    )
    compiled: bool = Field(
        True, description="Use the compiled helper where it was built; `false` = its twin in Python."
    )
    page_dir: Path | None = Field(
        None,
        description="Folder of the built scoreboard page; unset = `clients/web/dist` beside the package.",
    )
    max_connections: int = Field(
        18_000, ge=1, description="WebSocket connections taken; more are told to come back later."
    )
    max_subscriptions: int = Field(1000, ge=1, le=100_000, description="Topics one connection may follow.")
    max_message_bytes: int = Field(
        16_384, ge=1024, le=1 << 20, description="Largest message that a client may send."
    )
    max_frames_per_s: float = Field(
        1000.0, gt=0, description="Frames a second that a client may send, averaged over a heartbeat."
    )
    heartbeat_s: float = Field(
        20.0, ge=1, le=300, description="Seconds between heartbeats; a peer silent for two of them is closed."
    )
    handshake_s: float = Field(10.0, ge=1, le=60, description="Seconds a connection has for its request.")
    room_linger_s: float = Field(
        30.0, ge=0, le=3600, description="Seconds a room stays open after its last follower."
    )
    audit_s: float = Field(
        10.0, gt=0, le=600, description="Seconds between comparisons of all rooms with what is stored."
    )
    retry_after_s: float = Field(
        5.0, ge=0, le=300, description="Largest delay hinted to clients that are turned away or sent off."
    )
    drain_s: float = Field(3.0, ge=0, le=60, description="Seconds clients have to leave at a stop.")
