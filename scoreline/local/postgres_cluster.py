"""The data folder of a PostgreSQL server: making it, handing it over, and what a killed server left in it."""

import os
import shutil
import time
from pathlib import Path

from scoreline.local.children import Child, ChildFailed
from scoreline.local.identity import Identity


def create(binaries: Path, folder: Path, identity: Identity | None, log_path: Path) -> None:
    """Make a cluster beside its place and move it there: an interrupted start leaves no half one."""
    fresh = folder.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    if folder.exists():
        folder.rmdir()  # an empty one; anything else is not ours to remove, and the error says so
    fresh.mkdir(mode=0o700)
    if identity is not None:
        os.chown(fresh, identity.uid, identity.gid)
    argv = [
        *(str(binaries / "initdb"), "-D", str(fresh), "-U", "postgres", "-A", "trust", "--no-sync"),
        *("-E", "UTF8", "--locale=C.UTF-8"),  # the same order on every machine
    ]
    child = Child("postgres initdb", argv, log_path, cwd=Path("/"), identity=identity)
    child.start()
    assert child.process is not None
    try:
        code = child.process.wait(120)
    finally:
        child.kill()  # an interrupt must not leave it writing
    if code != 0:
        raise ChildFailed("postgres", f"could not make its data folder ({child.how_it_ended()})", log_path)
    fresh.rename(folder)


def give_to(folder: Path, identity: Identity) -> None:
    """Make the user the owner of everything in the folder."""
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, identity.uid, identity.gid, follow_symlinks=False)


def await_former_postmaster(folder: Path, log_path: Path) -> None:
    """Let a server that is still stopping finish, and remove the pid file of one that was killed."""
    pid_file = folder / "postmaster.pid"
    deadline = time.monotonic() + 15
    while pid_file.exists():
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (ValueError, OSError):
            pid = 0
        if not _is_postmaster(pid, folder):
            # The number may be somebody else's by now, and PostgreSQL would refuse to start because of that.
            pid_file.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise ChildFailed(
                "postgres", f"runs already on {folder} (pid {pid}); stop that one first", log_path
            )
        time.sleep(0.05)


def _is_postmaster(pid: int, folder: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[0].endswith(b"postgres") and os.fsencode(folder) in words


def former_backends_linger(log_path: Path) -> bool:
    """Whether the last start failed only because processes of a killed server have not gone yet."""
    with log_path.open("rb") as file:
        file.seek(max(0, log_path.stat().st_size - 2000))
        return b"shared memory block" in file.read()
