"""Where a running local stack answers, in a file that the command line reads.

`endpoints.json` has one flat object: `ingest`, `state` and `push_grpc` are gRPC targets
(host:port), `webhook`, `state_http` and `push` are base URLs, `nats`, `redis` and
`postgres` are connection URLs. `credentials.json` (mode 0600) has `provider`, `token`
and `webhook_secret` of the demo provider, and the operator's `admin_token`.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from scoreline.feeds.formats import format_names
from scoreline.runtime.lifecycle import write_atomically

DEMO_PROVIDER = "demo"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of one stack."""

    ingest: str
    webhook: str
    state: str
    state_http: str
    push: str
    push_grpc: str
    nats: str
    redis: str
    postgres: str

    def write(self, data: Path) -> None:
        """Keep the addresses in the data folder."""
        write_atomically(data / "endpoints.json", json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, data: Path) -> "Endpoints | None":
        """Return the addresses of the stack on `data`, if one has left any."""
        try:
            return cls(**json.loads((data / "endpoints.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the demo provider, and the operator, show at the door."""

    provider: str
    token: str
    webhook_secret: str
    admin_token: str = ""

    @property
    def admin_token_sha256(self) -> str:
        """What ingestd is told of the operator's token."""
        return hashlib.sha256(self.admin_token.encode()).hexdigest()

    @classmethod
    def read(cls, data: Path) -> "Credentials | None":
        """Return the credentials of the stack on `data`, if it has any."""
        try:
            return cls(**json.loads((data / "credentials.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the data folder that everything uses unless told otherwise."""
    return Path(environ.get("SCORELINE_DATA_DIR") or "data")


def ensure_credentials(data: Path) -> Credentials:
    """Make the secrets once, and the registry that ingestd reads its providers from.

    ingestd gets hashes of the tokens only; a webhook secret must be known in the clear to verify
    a signature, so it has a file of its own.
    """
    kept = Credentials.read(data)
    credentials = kept or Credentials(DEMO_PROVIDER, *(secrets.token_urlsafe(32) for _ in range(3)))
    if not credentials.admin_token:
        credentials = replace(credentials, admin_token=secrets.token_urlsafe(32))
    if credentials != kept:
        text = json.dumps(asdict(credentials), indent=2) + "\n"
        write_atomically(data / "credentials.json", text, mode=0o600)
    secret_file = (data / "secrets" / f"{credentials.provider}.webhook").resolve()
    write_atomically(secret_file, credentials.webhook_secret, mode=0o600)
    providers = providers_file(data)
    if kept is None or not providers.exists():  # an operator may have added providers of their own
        digest = hashlib.sha256(credentials.token.encode()).hexdigest()
        write_atomically(
            providers,
            f'[providers.{credentials.provider}]\ntoken_sha256 = "{digest}"\n'
            f"webhook_secret_file = {json.dumps(str(secret_file))}\n"
            f"formats = {json.dumps(format_names())}\n",
            mode=0o600,
        )
    return credentials


def providers_file(data: Path) -> Path:
    """Return the registry of providers of the stack on `data`."""
    return (data / "providers.toml").resolve()
