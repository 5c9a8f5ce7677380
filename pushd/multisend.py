"""What is done to many sockets at once: by the compiled helper where it was built, else by twins in Python.

Sending answers with the list of those who did not take all: (index, bytes taken), or minus errno. Nothing
here waits or tries again; a socket may be sent to only while nothing of its own waits to be written (ADR 7).
"""

from __future__ import annotations

import errno
import os
import socket
from array import array
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from pushd.core.line import Missed, SendMany

#: Takes up to so many waiting connections of a listener.
AcceptMany = Callable[[int, int], list[int]]

_ABORTED = (errno.ECONNABORTED, errno.EINTR)


class Calls(NamedTuple):
    """The two calls that the gateway makes for many sockets."""

    send: SendMany
    accept: AcceptMany
    compiled: bool


def choose(*, compiled: bool = True) -> Calls:
    """Return the quickest there are, or the twins when compiled ones are not wanted."""
    return (native() if compiled else None) or TWINS


def native() -> Calls | None:
    """Return the compiled helper, or nothing where there was no compiler at the installation."""
    try:
        module = import_module("pushd._multisend")
    except ImportError:
        return None
    return Calls(module.send, module.accept, compiled=True)


def _send(descriptors: array[int], start: int, stop: int, data: bytes) -> Missed:
    if not 0 <= start <= stop <= len(descriptors):
        raise ValueError("start and stop must lie within an array of C ints")
    write, size = os.write, len(data)
    missed: Missed = []
    for at in range(start, stop):
        try:
            sent = write(descriptors[at], data)
        except BlockingIOError:
            missed.append((at, 0))
        except OSError as error:
            missed.append((at, -(error.errno or errno.EIO)))
        else:
            if sent != size:
                missed.append((at, sent))
    return missed


def _accept(listener: int, limit: int) -> list[int]:
    accepted: list[int] = []
    waiting = socket.socket(fileno=listener)
    try:
        for taken in range(limit):
            try:
                connection, _ = waiting.accept()
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno in _ABORTED:
                    continue
                if taken == 0:
                    raise
                break
            connection.setblocking(False)
            accepted.append(connection.detach())
    finally:
        waiting.detach()
    return accepted


TWINS = Calls(_send, _accept, compiled=False)
