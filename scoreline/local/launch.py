"""Become a program that dies with its parent, as another user where asked; run as a script, never imported.

A script and not a function between fork and exec: forking a process that uses gRPC runs gRPC's
fork handlers and can abort the child. Only the standard library is imported, so a start costs
some milliseconds.

    launch.py PARENT_PID ORPHAN_SIGNAL UID GID CAPABILITY PROGRAM [ARGUMENT...]

UID, GID and CAPABILITY are -1 where nothing is to change.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Set(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def main(arguments: list[str]) -> None:
    """Do as the module says."""
    parent, orphan_signal, uid, gid, capability = map(int, arguments[:5])
    libc = ctypes.CDLL(None, use_errno=True)
    if uid >= 0:
        _assume(libc, uid, gid, capability)
    if sys.platform == "linux":
        # After the change of user, which clears it.
        libc.prctl(_PR_SET_PDEATHSIG, orphan_signal, 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the line above
            sys.exit(1)
    os.execv(arguments[5], arguments[5:])


def _assume(libc: ctypes.CDLL, uid: int, gid: int, capability: int) -> None:
    if capability >= 0:
        libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if capability >= 0:
        bit = 1 << capability
        sets = (_Set * 2)(_Set(bit, bit, bit), _Set(0, 0, 0))
        if libc.capset(ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0)), sets) != 0:
            raise OSError(ctypes.get_errno(), "capset")
        if libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl PR_CAP_AMBIENT")


if __name__ == "__main__":
    main(sys.argv[1:])
