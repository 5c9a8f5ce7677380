"""A webhook's signature: genuine, or not, and why."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.core.signature import HEADER, Claim, Verdict, digest, is_fresh, parse, sign, verify

SECRET, OLD = b"the-new-secret", b"the-old-secret"
NOW = 1_700_000_000.0
BODY = b'{"items": []}'
HEX = "ab" * 32


def test_the_digest_is_hmac_sha256_over_timestamp_dot_body() -> None:
    expected = hmac.new(SECRET, b"1700000000." + BODY, hashlib.sha256).hexdigest()
    assert digest(SECRET, 1_700_000_000, BODY) == expected
    assert sign(SECRET, 1_700_000_000, BODY) == f"t=1700000000,v1={expected}"
    assert HEADER == "Scoreline-Signature"


def test_a_known_vector_stays_what_it_is() -> None:
    # Written down once, so that a partner's implementation can be checked against it.
    assert digest(b"secret", 1, b"body") == "842b24d9575dee4b6ec460b7e3af7d683501d84fe6279102340787c79d2e2bab"


def test_a_signed_body_is_genuine() -> None:
    assert verify(sign(SECRET, int(NOW), BODY), BODY, [SECRET], NOW) is Verdict.GENUINE


@pytest.mark.parametrize(
    ("body", "secrets"), [(BODY + b" ", [SECRET]), (b"", [SECRET]), (BODY, [OLD]), (BODY, [])]
)
def test_another_body_or_secret_is_wrong(body: bytes, secrets: list[bytes]) -> None:
    assert verify(sign(SECRET, int(NOW), BODY), body, secrets, NOW) is Verdict.WRONG


def test_a_timestamp_cannot_be_moved() -> None:
    header = sign(SECRET, int(NOW), BODY).replace("1700000000", "1700000100")
    assert verify(header, BODY, [SECRET], NOW + 100) is Verdict.WRONG


@pytest.mark.parametrize(
    ("age_s", "verdict"),
    [
        (0, Verdict.GENUINE),
        (300, Verdict.GENUINE),
        (-300, Verdict.GENUINE),
        (301, Verdict.STALE),
        (-301, Verdict.STALE),
    ],
)
def test_the_replay_window_is_five_minutes_on_both_sides(age_s: int, verdict: Verdict) -> None:
    assert verify(sign(SECRET, int(NOW) - age_s, BODY), BODY, [SECRET], NOW) is verdict


def test_a_secret_is_replaced_without_a_gap() -> None:
    old, new = digest(OLD, int(NOW), BODY), digest(SECRET, int(NOW), BODY)
    # The sender signs with both while the receiver knows one.
    assert verify(f"t={int(NOW)},v1={old},v1={new}", BODY, [SECRET], NOW) is Verdict.GENUINE
    # The receiver knows both while the sender signs with one.
    assert verify(f"t={int(NOW)},v1={old}", BODY, [SECRET, OLD], NOW) is Verdict.GENUINE


def test_other_schemes_and_spaces_are_ignored() -> None:
    header = f"v0=zzz, t={int(NOW)}, v1={digest(SECRET, int(NOW), BODY).upper()}, v2=abc"
    assert verify(header, BODY, [SECRET], NOW) is Verdict.GENUINE


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        f"v1={HEX}",
        "t=1700000000",
        f"t=,v1={HEX}",
        f"t=-5,v1={HEX}",
        f"t=1e9,v1={HEX}",
        f"t=٣,v1={HEX}",
        f"t=1234567890123,v1={HEX}",
        f"t=1,t=2,v1={HEX}",
        "t=1,v1=abc",
        "t=1,v1=" + "g" * 64,
        "t=1," + ",".join([f"v1={HEX}"] * 9),
        "t=1," + "x" * 2000 + f",v1={HEX}",
    ],
)
def test_what_is_not_of_the_form_is_missing(header: str | None) -> None:
    assert parse(header) is None
    assert verify(header, BODY, [SECRET], 1.0) is Verdict.MISSING


def test_a_claim_holds_the_timestamp_and_all_digests() -> None:
    assert parse(f"t=12,v1={HEX},v1={HEX.upper()}") == Claim(12, (HEX, HEX))
    assert is_fresh(Claim(12, ()), 20.0, window_s=8)
    assert not is_fresh(Claim(12, ()), 20.5, window_s=8)


@given(body=st.binary(), secret=st.binary(min_size=1), at_s=st.integers(0, 10**11))
def test_whatever_is_signed_is_genuine_and_a_flipped_bit_is_not(
    body: bytes, secret: bytes, at_s: int
) -> None:
    header = sign(secret, at_s, body)
    assert verify(header, body, [secret], float(at_s)) is Verdict.GENUINE
    flipped = bytes([body[0] ^ 1]) + body[1:] if body else b"\0"
    assert verify(header, flipped, [secret], float(at_s)) is Verdict.WRONG


@given(st.text())
def test_no_header_breaks_the_parser(header: str) -> None:
    claim = parse(header)
    assert claim is None or claim.digests
