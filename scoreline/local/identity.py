"""Run a program as an unprivileged user, because PostgreSQL refuses to run as root.

Never widens the permissions of anybody's folders: a checkout under /root stays closed.
Where the user could not reach the program or its data, the child gets one capability
instead, which lets it pass folders that are closed to it.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2


class CannotReach(Exception):
    """The unprivileged user can't get at the program or its data; the message says how to fix it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A user to become, and the capability to take along (none is the normal case)."""

    name: str
    uid: int
    gid: int
    capability: int | None = None


def unprivileged(paths: list[Path], owner: int = 0) -> Identity | None:
    """Return the user to run PostgreSQL as, able to reach `paths`; none when we are not root ourselves.

    `owner` owns the data already, if there is any: a folder stays with the user who made it.
    """
    if os.geteuid() != 0:
        return None
    entry = next((found for found in map(_entry, (owner or "postgres", "postgres", "nobody")) if found), None)
    if entry is None:
        raise CannotReach(
            "PostgreSQL refuses to run as root and this machine has neither a user `postgres` nor `nobody`; "
            "add one (useradd --system postgres) or run as another user"
        )
    name = entry.pw_name
    closed = [path for path in paths if not _reachable(path, entry.pw_uid, entry.pw_gid)]
    if not closed:
        return Identity(name, entry.pw_uid, entry.pw_gid)
    capability = _held_capability()
    if capability is None:
        raise CannotReach(
            f"PostgreSQL refuses to run as root, and user `{name}` can't reach {closed[0]}; "
            "choose a data folder and a checkout that others may enter, or run as another user than root"
        )
    return Identity(name, entry.pw_uid, entry.pw_gid, capability)


def _entry(user: int | str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(user) if isinstance(user, int) else pwd.getpwnam(user)
    except KeyError:
        return None


def _reachable(path: Path, uid: int, gid: int) -> bool:
    """Whether the user may enter all parents of `path` and read it."""
    resolved = path.resolve()
    return all(_allows(parent.stat(), uid, gid, 1) for parent in resolved.parents) and (
        not resolved.exists() or _allows(resolved.stat(), uid, gid, 5 if resolved.is_dir() else 4)
    )


def _allows(found: os.stat_result, uid: int, gid: int, wanted: int) -> bool:
    mode = stat.S_IMODE(found.st_mode)
    shift = 6 if found.st_uid == uid else 3 if found.st_gid == gid else 0
    return (mode >> shift) & wanted == wanted


def _held_capability() -> int | None:
    permitted = next(
        (
            int(line.split()[1], 16)
            for line in Path("/proc/self/status").read_text().splitlines()
            if "CapPrm" in line
        ),
        0,
    )
    # Reading is enough; containers usually keep only the wider one.
    return next((cap for cap in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE) if permitted >> cap & 1), None)
