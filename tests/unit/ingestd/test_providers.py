"""The registry of providers: read whole or refused whole, and tight-lipped."""

import hashlib
from pathlib import Path

import pytest

from ingestd.core.admission import Rate
from ingestd.providers import Providers, RegistryError, read

TOKEN = "a-random-token-of-some-length"
HASH = hashlib.sha256(TOKEN.encode()).hexdigest()
SECRET = "a-webhook-secret-of-32-characters"


def canonical(name: str) -> str | None:
    return {"scoreline": "scoreline", "facts": "scoreline-facts"}.get(name)


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    secret = tmp_path / "acme.secret"
    secret.write_text(f"{SECRET}\n\nthe-old-secret-of-32-characters!\n")
    secret.chmod(0o600)
    path = tmp_path / "providers.toml"
    path.write_text(
        f"""
        [providers.acme]
        token_sha256 = ["{HASH}", "{"0" * 64}"]
        webhook_secret_file = "acme.secret"
        formats = ["scoreline", "facts"]
        events_per_second = 50

        [providers.quiet]
        token_sha256 = "{HASH}"
        """
    )
    return path


def test_a_registry_is_read_whole(registry: Path) -> None:
    found = read(registry, canonical)
    assert set(found) == {"acme", "quiet"}
    acme = found["acme"]
    assert acme.webhook_secrets == (SECRET.encode(), b"the-old-secret-of-32-characters!")
    assert acme.formats == {"scoreline", "scoreline-facts"}
    assert acme.rate == Rate(50.0, 100.0)
    assert found["quiet"].rate is None
    assert found["quiet"].webhook_secrets == ()


def test_only_the_right_token_of_the_right_provider_enters(registry: Path) -> None:
    providers = Providers.load(registry, canonical)
    acme = providers.authenticate("acme", TOKEN)
    assert acme is not None
    assert acme.provider_id == "acme"
    for provider_id, token in (
        ("acme", TOKEN + "x"),
        ("acme", ""),
        ("acme", HASH),
        ("acme", "nobody"),
        ("nobody", TOKEN),
        ("nobody", "nobody"),
        ("", ""),
        ("acme", "\udcff"),
    ):
        assert providers.authenticate(provider_id, token) is None


def test_a_provider_with_a_secret_only_has_no_token(registry: Path) -> None:
    registry.write_text('[providers.acme]\nwebhook_secret_file = "acme.secret"\n')
    providers = Providers.load(registry, canonical)
    assert providers.get("acme") is not None
    assert providers.authenticate("acme", "nobody") is None


def test_secrets_are_not_shown(registry: Path) -> None:
    shown = repr(read(registry, canonical))
    assert SECRET not in shown
    assert HASH not in shown


def test_all_problems_are_reported_together(tmp_path: Path) -> None:
    weak, open_to_all = tmp_path / "weak", tmp_path / "open"
    weak.write_text("short")
    weak.chmod(0o600)
    open_to_all.write_text(SECRET)
    open_to_all.chmod(0o644)
    path = tmp_path / "providers.toml"
    path.write_text(
        """
        other = 1
        [providers."a.b"]
        token_sha256 = "zz"
        [providers.empty]
        [providers.odd]
        token = "clear"
        token_sha256 = 3
        formats = ["nope"]
        events_per_second = -1
        [providers.weak]
        webhook_secret_file = "weak"
        burst_events = 5
        [providers.open]
        webhook_secret_file = ["open", "missing"]
        events_per_second = true
        [providers]
        flat = 3
        """
    )
    with pytest.raises(RegistryError) as caught:
        read(path, canonical)
    said = str(caught.value)
    for words in (
        "unknown table or key 'other'",
        "providers.a.b: an id has",
        "providers.a.b.token_sha256: must be 64",
        "providers.empty: has neither",
        "providers.odd.token: unknown key",
        "providers.odd.token_sha256: must be a string",
        "providers.odd.formats: no adapter is called 'nope'",
        "providers.odd.events_per_second: must be a number above 0",
        "secrets of at least 16 characters",
        "providers.weak.burst_events: needs events_per_second",
        "may be read by everybody",
        "missing can't be read",
        "providers.open.events_per_second: must be a number",
        "providers.flat: must be a table",
    ):
        assert words in said
    assert "clear" not in said.replace("unclear", "")


@pytest.mark.parametrize("text", ["not toml", "providers = 3", "\xff"])
def test_what_is_no_registry_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "providers.toml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(RegistryError):
        read(path, canonical)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="can't be read"):
        read(tmp_path / "nowhere.toml", canonical)


def test_a_reload_takes_the_new_registry_and_a_broken_one_changes_nothing(registry: Path) -> None:
    providers = Providers.load(registry, canonical)
    registry.write_text("broken")
    providers.reload()
    assert providers.generation == 0
    assert providers.authenticate("acme", TOKEN) is not None
    registry.write_text(f'[providers.fresh]\ntoken_sha256 = "{HASH}"\n')
    providers.reload()
    assert providers.generation == 1
    assert providers.authenticate("acme", TOKEN) is None
    assert providers.authenticate("fresh", TOKEN) is not None


def test_providers_without_a_file_have_nothing_to_reload() -> None:
    providers = Providers({})
    providers.reload()
    assert providers.generation == 0
