"""The compiled helper and its twin in Python: the same answers to the same sockets."""

import errno
import socket
from array import array
from collections.abc import Iterator

import pytest

from pushd import multisend
from pushd.multisend import Calls


@pytest.fixture(params=["twins", "native"])
def calls(request: pytest.FixtureRequest) -> Calls:
    chosen = multisend.native() if request.param == "native" else multisend.TWINS
    if chosen is None:
        pytest.skip("there was no compiler at the installation")
    return chosen


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    made = [socket.socketpair() for _ in range(5)]
    for pair in made:
        for end in pair:
            end.setblocking(False)
    yield made
    for pair in made:
        for end in pair:
            end.close()


def descriptors(pairs) -> array:
    return array("i", [ours.fileno() for ours, _ in pairs])


def fill(ours: socket.socket) -> int:
    filled = 0
    try:
        while True:
            filled += ours.send(b"-" * 4096)
    except BlockingIOError:
        return filled


def test_those_between_start_and_stop_get_the_bytes_and_nobody_else(calls, pairs):
    assert calls.send(descriptors(pairs), 1, 4, b"goal") == []
    for number, (_, theirs) in enumerate(pairs):
        if 1 <= number < 4:
            assert theirs.recv(100) == b"goal"
        else:
            with pytest.raises(BlockingIOError):
                theirs.recv(100)


def test_nobody_is_nobody(calls, pairs):
    assert calls.send(descriptors(pairs), 2, 2, b"goal") == []
    assert calls.send(array("i"), 0, 0, b"goal") == []


def test_who_is_full_is_listed_and_the_others_are_served(calls, pairs):
    fill(pairs[1][0])
    assert calls.send(descriptors(pairs), 0, 5, b"goal") == [(1, 0)]
    assert pairs[4][1].recv(100) == b"goal"


def test_a_short_write_says_how_much_was_taken(calls, pairs):
    large = b"x" * 4_000_000
    [(index, taken)] = calls.send(descriptors(pairs), 3, 4, large)
    assert index == 3
    assert 0 < taken < len(large)


def test_who_has_gone_is_listed_with_the_error_and_no_signal_ends_us(calls, pairs):
    pairs[0][1].close()
    closed = socket.socket()
    number = closed.fileno()
    closed.close()
    chosen = descriptors(pairs)
    chosen.append(number)
    assert calls.send(chosen, 0, 6, b"goal") == [(0, -errno.EPIPE), (5, -errno.EBADF)]


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (2, 1), (0, 6)])
def test_bounds_are_checked(calls, pairs, start, stop):
    with pytest.raises(ValueError, match="within an array"):
        calls.send(descriptors(pairs), start, stop, b"goal")


def test_connections_are_taken_up_to_the_limit_and_never_block(calls):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
        first = calls.accept(listener.fileno(), 2)
        rest = calls.accept(listener.fileno(), 2)
        assert (len(first), len(rest)) == (2, 1)
        assert calls.accept(listener.fileno(), 2) == []
        for descriptor in first + rest:
            with socket.socket(fileno=descriptor) as taken:
                assert not taken.get_inheritable()
                with pytest.raises(BlockingIOError):
                    taken.recv(1, 0)
        for client in clients:
            client.close()


def test_what_is_no_listener_is_an_error(calls, pairs):
    with pytest.raises(OSError, match=r"Invalid argument|not supported"):
        calls.accept(pairs[0][0].fileno(), 1)


def test_the_twin_is_chosen_where_the_helper_is_not_wanted_or_not_there(monkeypatch):
    assert multisend.choose(compiled=False) is multisend.TWINS

    def missing(_name: str) -> None:
        raise ImportError

    monkeypatch.setattr(multisend, "import_module", missing)
    assert multisend.choose() is multisend.TWINS
