"""The signature of a webhook: who sent it, unchanged, and when.

Header `Scoreline-Signature: t=<unix seconds>,v1=<hex>[,v1=<hex>]`, where v1 is the
HMAC-SHA256 of `<t>.<body>` under the shared secret. Several v1 let a sender sign with
the old and the new secret while one replaces the other; other schemes are ignored.
The timestamp is inside the signature, so that a recorded request is worth nothing
once the replay window has passed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

#: Name of the header.
HEADER = "Scoreline-Signature"
#: How old, or how far ahead, a timestamp may be, in seconds.
REPLAY_WINDOW_S = 300
_MOST_DIGESTS = 8
_LONGEST_HEADER = 1024
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


class Claim(NamedTuple):
    """What the header says, unproven."""

    timestamp_s: int
    digests: tuple[str, ...]


class Verdict(StrEnum):
    """What became of a claim."""

    GENUINE = "genuine"
    MISSING = "missing"
    """No header, or none of the scheme."""
    STALE = "stale"
    """Outside the replay window; a new signature helps."""
    WRONG = "wrong"


def parse(header: str | None) -> Claim | None:
    """Return what the header claims; nothing when it is absent or not of the form."""
    if not header or len(header) > _LONGEST_HEADER:
        return None
    timestamp: int | None = None
    digests: list[str] = []
    for part in header.split(","):
        key, _, value = part.strip().partition("=")
        if key == "t":
            if timestamp is not None or not _TIMESTAMP.fullmatch(value):
                return None
            timestamp = int(value)
        elif key == "v1" and _DIGEST.fullmatch(value):
            digests.append(value.lower())
    if timestamp is None or not digests or len(digests) > _MOST_DIGESTS:
        return None
    return Claim(timestamp, tuple(digests))


def is_fresh(claim: Claim, now_s: float, window_s: int = REPLAY_WINDOW_S) -> bool:
    """Whether the claim was made within the replay window around `now_s`, on either side."""
    return abs(now_s - claim.timestamp_s) <= window_s


def digest(secret: bytes, timestamp_s: int, body: bytes) -> str:
    """Return the v1 digest of `body`."""
    mac = hmac.new(secret, b"%d." % timestamp_s, hashlib.sha256)
    mac.update(body)
    return mac.hexdigest()


def sign(secret: bytes, timestamp_s: int, body: bytes) -> str:
    """Return the header's value for `body`."""
    return f"t={timestamp_s},v1={digest(secret, timestamp_s, body)}"


def verify(
    header: str | None,
    body: bytes,
    secrets: Sequence[bytes],
    now_s: float,
    window_s: int = REPLAY_WINDOW_S,
) -> Verdict:
    """Judge the header over `body`, under any of our `secrets`.

    Every pair is compared in constant time: how long it takes tells nothing of how near a guess was.
    """
    claim = parse(header)
    if claim is None:
        return Verdict.MISSING
    if not is_fresh(claim, now_s, window_s):
        return Verdict.STALE
    genuine = False
    for secret in secrets:
        expected = digest(secret, claim.timestamp_s, body)
        for offered in claim.digests:
            genuine |= hmac.compare_digest(expected, offered)
    return Verdict.GENUINE if genuine else Verdict.WRONG
