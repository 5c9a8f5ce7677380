"""PostgreSQL for root: as somebody else, in folders that stay as closed as they were."""

import os
from pathlib import Path

import pytest

from scoreline.local import identity, servers

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    return folder


def test_postgres_runs_in_a_folder_that_is_closed_to_its_user_and_the_folder_stays_closed(
    closed: Path,
) -> None:
    server = servers.start_postgres(closed / "data", closed / "logs")
    status = Path(f"/proc/{server.child.pid}/status").read_text()
    server.child.stop()
    uid = next(line.split()[1] for line in status.splitlines() if line.startswith("Uid:"))
    assert uid != "0"
    assert closed.stat().st_mode & 0o777 == 0o700


def test_without_the_capability_the_error_says_what_to_do(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "_held_capability", lambda: None)
    with pytest.raises(identity.CannotReach, match=r"can't reach .*closed.*choose a data folder"):
        identity.unprivileged([closed / "data"])


def test_an_open_folder_needs_no_capability() -> None:
    found = identity.unprivileged([Path("/usr"), Path("/etc/passwd")])
    assert found is not None
    assert found.capability is None
