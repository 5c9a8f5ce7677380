"""How a command finds Scoreline: by option, then environment, then the files of the local stack.

Also the one place where the command line turns a gRPC failure into a sentence.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from scoreline.local.endpoints import Credentials, Endpoints, data_folder

INGEST_HELP = "Address of ingestd (host:port); else $SCORELINE_INGEST, else the local stack."
STATE_HELP = "Address of stated (host:port); else $SCORELINE_STATE, else the local stack."
PUSH_HELP = "Address of pushd (URL); else $SCORELINE_PUSH, else the local stack."
PROVIDER_HELP = "Provider to send as; else $SCORELINE_PROVIDER, else the local stack's demo provider."
TOKEN_HELP = "The provider's token; else $SCORELINE_TOKEN, else the local stack's."  # noqa: S105  # a help text

#: What an address is when nothing says otherwise: the default ports of the services.
_DEFAULTS = {"ingest": "127.0.0.1:50051", "state": "127.0.0.1:50052", "push": "http://127.0.0.1:8080"}
_CHANNEL_OPTIONS = (
    # A shared channel would hide one command's trouble in another's back-off.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_receive_message_length", 64 << 20),
)


class NotFound(Exception):
    """Nothing listens where Scoreline should, or the command lacks what it needs to enter."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends events, and what he shows at the door."""

    provider_id: str
    token: str

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The metadata of every call to ingestd."""
        return (("authorization", f"Bearer {self.token}"), ("scoreline-provider", self.provider_id))


def find_address(service: str, option: str | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """Return where `service` (ingest, state or push) answers."""
    if option:
        return option
    if told := environ.get(f"SCORELINE_{service.upper()}"):
        return told
    endpoints = Endpoints.read(data_folder(environ))
    return str(getattr(endpoints, service)) if endpoints else _DEFAULTS[service]


def find_sender(
    provider: str | None = None, token: str | None = None, environ: Mapping[str, str] = os.environ
) -> Sender:
    """Return who sends; raise `NotFound` when no token is known."""
    folder = data_folder(environ)
    credentials = Credentials.read(folder)
    provider_id = provider or environ.get("SCORELINE_PROVIDER") or (credentials and credentials.provider)
    secret = token or environ.get("SCORELINE_TOKEN")
    if not secret and credentials and credentials.provider == provider_id:
        secret = credentials.token
    if not provider_id or not secret:
        raise NotFound(
            "No provider token found: pass --provider and --token, set SCORELINE_PROVIDER and "
            f"SCORELINE_TOKEN, or start the local stack ({folder / 'credentials.json'} does not tell)."
        )
    return Sender(provider_id, secret)


async def open_channel(service: str, address: str, *, wait_s: float = 2.0) -> grpc.aio.Channel:
    """Return a channel to a service that listens; raise `NotFound` when nothing does within `wait_s`."""
    channel = grpc.aio.insecure_channel(address, options=_CHANNEL_OPTIONS)
    try:
        await _await_ready(channel, wait_s)
    except TimeoutError:
        await channel.close(None)
        raise NotFound(nothing_listens(service, address)) from None
    return channel


def nothing_listens(service: str, address: str) -> str:
    """Return what to tell a person who finds nobody at an address."""
    return f"No Scoreline found at {address} ({service}): start it with `make run` or pass --{service}."


def read_failure(error: grpc.aio.AioRpcError) -> str:
    """Return a gRPC failure as one sentence: its reason, if it has one, and its message."""
    reason = failure_reason(error)
    words = error.details() or error.code().name.lower()
    return f"{reason}: {words}" if reason else words


def failure_reason(error: grpc.aio.AioRpcError) -> str:
    """Return the reason in a failure's google.rpc.ErrorInfo, empty when it has none."""
    try:
        status = rpc_status.from_call(error)  # type: ignore[arg-type]  # it needs only what the error has too
    except (ValueError, NotImplementedError):
        return ""  # a status that contradicts the call's: nothing to read from it
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return ""


async def _await_ready(channel: grpc.aio.Channel, wait_s: float) -> None:
    async with asyncio.timeout(wait_s):
        await channel.channel_ready()
