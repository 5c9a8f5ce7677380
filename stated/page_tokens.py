"""Where a list goes on: an opaque token that holds the last key of the page before."""

from __future__ import annotations

import base64
import binascii

import orjson

from scoreline.wire.reasons import ScorelineError
from stated.refusals import invalid

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000


def page_size(asked: int) -> int:
    """Return how many entries a page has; 0 asks for the default."""
    if asked > MAX_PAGE_SIZE:
        raise invalid("page_size", f"at most {MAX_PAGE_SIZE}", limit=str(MAX_PAGE_SIZE))
    return asked or DEFAULT_PAGE_SIZE


def encode(key: tuple[int, str] | tuple[str]) -> str:
    """Return the token of a page that begins behind `key`."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def decode_timed(token: str) -> tuple[int, str]:
    """Return the (time, id) behind which a page begins; an empty token begins at the start."""
    if not token:
        return (-(2**63), "")
    match _decode(token):
        case [int(time_us), str(key)] if -(2**63) <= time_us < 2**63 and "\0" not in key:
            return time_us, key
    raise _wrong()


def decode_id(token: str) -> str:
    """Return the id behind which a page begins; an empty token begins at the start."""
    if not token:
        return ""
    match _decode(token):
        case [str(key)] if "\0" not in key:
            return key
    raise _wrong()


def _decode(token: str) -> object:
    try:
        return orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError):
        raise _wrong() from None


def _wrong() -> ScorelineError:
    return invalid("page_token", "not a token of this list; begin again without one")
