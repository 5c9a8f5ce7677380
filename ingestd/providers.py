"""Who may send events: providers, their tokens (hashed) and their webhook secrets.

The registry is a TOML file, so that it can be reviewed; webhook secrets stand in files of
their own, because an HMAC can't be verified with a hash. Nothing here is ever logged but ids.
"""

import hashlib
import hmac
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingestd.core.admission import Rate
from scoreline.domain.ids import is_id
from scoreline.runtime import logs

log = logs.get(__name__)

CanonicalFormat = Callable[[str], str | None]
"""Answers a name of a format with its one name, or nothing when there is no such format."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KNOWN_KEYS = frozenset(
    {"token_sha256", "webhook_secret_file", "formats", "events_per_second", "burst_events"}
)
_SHORTEST_SECRET = 16
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


@dataclass(frozen=True, slots=True)
class Provider:
    """One sender of events."""

    provider_id: str
    token_hashes: tuple[str, ...] = field(default=(), repr=False)
    """SHA-256 of each valid token; plain, because tokens are random and never chosen by people."""
    webhook_secrets: tuple[bytes, ...] = field(default=(), repr=False)
    formats: frozenset[str] = frozenset()
    rate: Rate | None = None
    """Its own limit; nothing means the service's default."""


class RegistryError(Exception):
    """The registry is not usable; holds every problem, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


class Providers:
    """The providers of the moment; a reload that fails leaves the former ones."""

    def __init__(
        self,
        known: Mapping[str, Provider],
        *,
        path: Path | None = None,
        canonical_format: CanonicalFormat = str,
    ) -> None:
        self._known = dict(known)
        self._path, self._canonical_format = path, canonical_format
        self.generation = 0
        """Rises with each reload; a stream that sees another one proves itself again."""

    @classmethod
    def load(cls, path: Path, canonical_format: CanonicalFormat) -> "Providers":
        """Read the registry at `path`; formats go by the names that `canonical_format` gives them."""
        return cls(read(path, canonical_format), path=path, canonical_format=canonical_format)

    def get(self, provider_id: str) -> Provider | None:
        """Return a provider."""
        return self._known.get(provider_id)

    def authenticate(self, provider_id: str, token: str) -> Provider | None:
        """Return the provider if `token` is one of its; unknown providers take as long as wrong tokens."""
        provider = self._known.get(provider_id)
        offered = hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
        genuine = False
        for expected in (provider.token_hashes if provider is not None else ()) or (_NOBODY,):
            genuine |= hmac.compare_digest(expected, offered)
        return provider if provider is not None and provider.token_hashes and genuine else None

    def reload(self) -> None:
        """Read the file again; problems are logged and the former providers stay."""
        if self._path is None:
            return
        try:
            self._known = read(self._path, self._canonical_format)
        except RegistryError as error:
            log.error("providers.reload_refused", problems=error.problems)
            return
        self.generation += 1
        log.info("providers.reloaded", providers=sorted(self._known))


def read(path: Path, canonical_format: CanonicalFormat) -> dict[str, Provider]:
    """Return the providers that the file names, or raise `RegistryError` with all its problems."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RegistryError([f"{path}: can't be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RegistryError([f"{path}: not TOML: {error}"]) from None
    problems: list[str] = [f"{path}: unknown table or key {key!r}" for key in document if key != "providers"]
    tables = document.get("providers", {})
    if not isinstance(tables, dict):
        raise RegistryError([f"{path}: `providers` must be tables: [providers.<id>]"])
    found = {
        provider_id: _provider(provider_id, table, path, canonical_format, problems)
        for provider_id, table in tables.items()
    }
    if problems:
        raise RegistryError(problems)
    return found


def _provider(
    provider_id: str, table: Any, path: Path, canonical_format: CanonicalFormat, problems: list[str]
) -> Provider:
    where = f"{path}: providers.{provider_id}"
    if not is_id(provider_id):
        problems.append(f"{where}: an id has letters, digits, `_` and `-`, at most 64")
    if not isinstance(table, dict):
        problems.append(f"{where}: must be a table")
        return Provider(provider_id)
    problems.extend(f"{where}.{key}: unknown key" for key in table if key not in _KNOWN_KEYS)
    hashes = _strings(table, "token_sha256", where, problems)
    problems.extend(
        f"{where}.token_sha256: must be 64 lower-case hex digits (sha256 of the token)"
        for value in hashes
        if not _SHA256.fullmatch(value)
    )
    secrets = tuple(
        secret
        for name in _strings(table, "webhook_secret_file", where, problems)
        for secret in _secrets((path.parent / name), f"{where}.webhook_secret_file", problems)
    )
    if not hashes and not secrets:
        problems.append(f"{where}: has neither token_sha256 nor webhook_secret_file, so it could never send")
    names = _strings(table, "formats", where, problems)
    formats: set[str] = set()
    for name in names:
        format_name = canonical_format(name)
        if format_name is None:
            problems.append(f"{where}.formats: no adapter is called {name!r}")
        else:
            formats.add(format_name)
    return Provider(provider_id, hashes, secrets, frozenset(formats), _rate(table, where, problems))


def _rate(table: dict[str, Any], where: str, problems: list[str]) -> Rate | None:
    values: dict[str, float] = {}
    for name in ("events_per_second", "burst_events"):
        value = table.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
            problems.append(f"{where}.{name}: must be a number above 0")
            return None
        values[name] = float(value)
    if "events_per_second" not in values:
        if values:
            problems.append(f"{where}.burst_events: needs events_per_second beside it")
        return None
    per_second = values["events_per_second"]
    return Rate(per_second, values.get("burst_events", 2 * per_second))


def _strings(table: dict[str, Any], key: str, where: str, problems: list[str]) -> tuple[str, ...]:
    value = table.get(key, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        problems.append(f"{where}.{key}: must be a string or a list of strings")
        return ()
    return tuple(values)


def _secrets(path: Path, where: str, problems: list[str]) -> list[bytes]:
    """Return the secrets in a file, one a line: the new one and, while senders change over, the old one."""
    try:
        if path.stat().st_mode & 0o007:
            problems.append(f"{where}: {path} may be read by everybody; chmod 600 it")
        lines = [line.strip() for line in path.read_bytes().splitlines()]
    except OSError as error:
        problems.append(f"{where}: {path} can't be read: {error.strerror}")
        return []
    secrets = [line for line in lines if line]
    if not secrets or any(len(secret) < _SHORTEST_SECRET for secret in secrets):
        problems.append(f"{where}: {path} must hold secrets of at least {_SHORTEST_SECRET} characters")
    return secrets
