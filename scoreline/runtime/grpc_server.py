"""A grpc.aio server with the limits, health, reflection and error translation that every service wants."""

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass

import grpc
from grpc_health.v1 import _async as grpc_health
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from scoreline.runtime.health import Health, keep_grpc_in_step
from scoreline.runtime.lifecycle import Lifecycle, PortTaken, StartError
from scoreline.runtime.refusals import RefusalInterceptor


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may cost [A7]."""

    max_message_bytes: int = 1 << 20
    """The largest event is a few kilobytes; a batch of a thousand stays far below."""
    max_concurrent_streams: int = 1000
    """Calls at the same time on one connection."""
    keepalive_s: float = 20.0
    """A silent peer is asked after so long, so that a dead one is noticed."""
    keepalive_timeout_s: float = 10.0


async def start(
    life: Lifecycle,
    health: Health,
    register: Callable[[grpc.aio.Server], None],
    *,
    services: list[str],
    host: str,
    port: int,
    variable: str,
    limits: Limits | None = None,
    grace_s: float = 3.0,
    shared: bool = False,
) -> int:
    """Serve `services` (full proto names, added by `register`) and return the real port.

    `shared` lets several processes listen on the port (SO_REUSEPORT).
    Stops with the process: first unready, then no new calls, then `grace_s` for the running ones.
    """
    server = build(limits or Limits(), shared=shared)
    register(server)
    health_servicer = grpc_health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    reflected = [
        *services,
        health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
        reflection.SERVICE_NAME,
    ]
    reflection.enable_server_reflection(reflected, server)
    real_port = bind(server, host, port, variable)
    await server.start()

    async def stop() -> None:
        health.drain()
        await health_servicer.enter_graceful_shutdown()
        await server.stop(grace_s)

    life.on_stop("grpc", stop)
    life.spawn("grpc-health", keep_grpc_in_step(health, health_servicer, services))
    return real_port


def build(limits: Limits, *, shared: bool = False) -> grpc.aio.Server:
    """Return a server that has its limits and its error translation, and no services yet."""
    return grpc.aio.server(
        interceptors=[RefusalInterceptor()],
        options=[
            ("grpc.max_receive_message_length", limits.max_message_bytes),
            ("grpc.max_send_message_length", -1),  # our own answers are bounded by their makers
            ("grpc.max_concurrent_streams", limits.max_concurrent_streams),
            ("grpc.max_metadata_size", 16 << 10),
            ("grpc.keepalive_time_ms", round(limits.keepalive_s * 1000)),
            ("grpc.keepalive_timeout_ms", round(limits.keepalive_timeout_s * 1000)),
            # Clients behind NATs ping an idle stream; the default calls that abuse and closes.
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.min_ping_interval_without_data_ms", 5000),
            # By default a second process on the same port is accepted silently and takes half of the calls.
            ("grpc.so_reuseport", int(shared)),
        ],
    )


def bind(server: grpc.aio.Server, host: str, port: int, variable: str) -> int:
    """Bind `server` and return the real port; raise `PortTaken` naming the variable to change."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        return server.add_insecure_port(address)
    except RuntimeError as error:
        raise _why(host, port, variable) from error


def _why(host: str, port: int, variable: str) -> StartError:
    # grpc says only "Failed to bind"; the system says why.
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return PortTaken(host, port, variable)
            return StartError(f"can't listen on {host}:{port}: {error.strerror}; check {variable}")
    return PortTaken(host, port, variable)
