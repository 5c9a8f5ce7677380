"""The whole of Scoreline on one machine: three servers, three services, one parent.

Synchronous on purpose: everything happens in the thread that started the children,
because the kernel ties their lives to it.
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from scoreline.local import servers
from scoreline.local.children import Child, ChildFailed
from scoreline.local.endpoints import Endpoints, ensure_credentials, providers_file
from scoreline.local.folder import DataFolder
from scoreline.local.ports import HOST, free_port, holder, is_free
from scoreline.local.readiness import not_ready

DEFAULT_PORTS: Mapping[str, Mapping[str, int]] = {
    "ingestd": {"grpc": 50051, "http": 8081},
    "stated": {"grpc": 50052, "http": 8082},
    "pushd": {"http": 8080, "grpc": 50053},
}
SERVERS = ("nats", "redis", "postgres")
SERVICES = ("ingestd", "stated", "pushd")
# Upstream first: what was accepted can still run through to the viewers.
STOP_ORDER = (*SERVICES, "postgres", "redis", "nats")
_READY_WAIT_S = 60.0
_READINESS_WAIT_S = 20.0
_BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_HEALTHY_AFTER_S = 30.0

Say = Callable[[str], None]


class PortUnavailable(Exception):
    """A default port is taken."""

    def __init__(self, service: str, port: int) -> None:
        super().__init__(service, port)
        self.service, self.port = service, port

    def __str__(self) -> str:
        return (
            f"port {self.port} of {self.service} is taken by {holder(self.port)}; "
            "stop that one, or let the stack choose: "
            'make run ARGS="--ports free", or: scoreline up --ports free'
        )


@dataclass
class _Tended:
    """What the supervisor knows of one child."""

    child: Child
    start: Callable[[], None]
    started_at: float = field(default_factory=time.monotonic)
    deaths: int = 0
    again_at: float | None = None
    wanted: bool = True


def _raise_open_files() -> None:
    """Allow as many open files as we may: a connection is one, and children inherit the limit."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Stack:
    """Start with `start`, call `tend` now and then, end with `stop`; also a context manager."""

    def __init__(
        self,
        data: Path,
        *,
        free_ports: bool = False,
        services: Iterable[str] = SERVICES,
        environ: Mapping[str, str] | None = None,
        say: Say = lambda _line: None,
    ) -> None:
        self._folder = DataFolder(data)
        self._free_ports = free_ports
        self._services = tuple(services)
        self._environ = dict(os.environ if environ is None else environ)
        # Whatever the stack runs finds the stack, wherever it was started from.
        self._environ["SCORELINE_DATA_DIR"] = str(self._folder.path)
        self._say = say
        self._servers: dict[str, servers.Server] = {}
        self._tended: dict[str, _Tended] = {}
        self._ports: dict[str, dict[str, int]] = {}

    @property
    def data(self) -> Path:
        """The data folder."""
        return self._folder.path

    @property
    def endpoints(self) -> Endpoints:
        """Where everything answers; services that were not started have port 0."""
        ingest, state, push = (self._ports.get(name, {}) for name in SERVICES)
        return Endpoints(
            ingest=f"{HOST}:{ingest.get('grpc', 0)}",
            webhook=f"http://{HOST}:{ingest.get('http', 0)}",
            state=f"{HOST}:{state.get('grpc', 0)}",
            state_http=f"http://{HOST}:{state.get('http', 0)}",
            push=f"http://{HOST}:{push.get('http', 0)}",
            push_grpc=f"{HOST}:{push.get('grpc', 0)}",
            **{name: server.url for name, server in self._servers.items()},
        )

    def __enter__(self) -> "Stack":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and return when it is ready; on any failure stop what had started."""
        # The folder first: a second start on the same one should hear that, not that some port is taken.
        self._folder.acquire()
        _raise_open_files()
        try:
            if not self._free_ports:
                self._check_ports()
            for name in SERVERS:
                self._say(f"starting {name}")
                self._start_server(name)
            self._start_services()
            self.endpoints.write(self.data)
            self._await_readiness()
        except BaseException:
            self.stop()
            raise

    def tend(self) -> None:
        """Start again what has died, later each time it dies soon after its start."""
        now = time.monotonic()
        for name, tended in self._tended.items():
            if not tended.wanted or tended.child.alive:
                continue
            if tended.again_at is None:
                lived_s = now - tended.started_at
                tended.deaths = 1 if lived_s > _HEALTHY_AFTER_S else tended.deaths + 1
                wait_s = _BACKOFF_S[min(tended.deaths, len(_BACKOFF_S)) - 1]
                tended.again_at = now + wait_s
                self._say(f"{name} died ({tended.child.how_it_ended()}); starting it again in {wait_s:g} s")
            elif now >= tended.again_at:
                self._start_again(name, tended)

    def add(self, name: str, argv: list[str]) -> None:
        """Run one more program beside the services, tended and stopped like them."""
        child = Child(name, argv, self._folder.logs / f"{name}.log", env=self._environ, stop_wait_s=3.0)
        self._tended[name] = _Tended(child, child.start)
        child.start()
        self._note_pids()

    def kill_all(self) -> None:
        """End everything at once, without manners."""
        for tended in self._tended.values():
            tended.wanted = False
            tended.child.kill()

    def kill(self, name: str) -> None:
        """Kill -9 a service or server and leave it down until `restart`."""
        self._tended[name].wanted = False
        self._tended[name].child.kill()

    def restart(self, name: str) -> None:
        """Kill -9 what still runs under `name` and start it again on the same ports."""
        self.kill(name)
        tended = self._tended[name]
        tended.wanted = True
        tended.start()
        tended.started_at, tended.again_at = time.monotonic(), None
        self._note_pids()

    def pid(self, name: str) -> int:
        """Return the process id of a service or server."""
        return self._tended[name].child.pid

    def log_path(self, name: str) -> Path:
        """Return where a service or server writes."""
        return self._tended[name].child.log_path

    def stop(self) -> None:
        """Stop everything, providers' side first; nothing is left behind."""
        # What was added came last and depends on all the rest.
        for name in sorted(
            self._tended, key=lambda name: STOP_ORDER.index(name) if name in STOP_ORDER else -1
        ):
            self._say(f"stopping {name}")
            tended = self._tended[name]
            tended.wanted = False
            if not tended.child.stop():
                self._say(f"{name} did not stop within {tended.child.stop_wait_s:g} s and was killed")
        self._tended.clear()
        self._folder.release()

    def _check_ports(self) -> None:
        for service in self._services:
            for port in DEFAULT_PORTS[service].values():
                if not is_free(port):
                    raise PortUnavailable(service, port)

    def _start_server(self, name: str) -> None:
        starters = {
            "nats": servers.start_nats,
            "redis": servers.start_redis,
            "postgres": servers.start_postgres,
        }
        server = starters[name](self.data, self._folder.logs)
        self._servers[name] = server
        self._tended[name] = _Tended(server.child, server.restart)
        self._note_pids()

    def _start_services(self) -> None:
        # All ports first: pushd is told where stated will answer.
        for name in self._services:
            defaults = DEFAULT_PORTS[name]
            self._ports[name] = (
                {kind: free_port() for kind in defaults} if self._free_ports else dict(defaults)
            )
        for name in self._services:
            self._say(f"starting {name}")
            child = Child(
                name, [sys.executable, "-P", "-m", name], self._folder.logs / f"{name}.log", stop_wait_s=12.0
            )
            self._tended[name] = _Tended(child, partial(self._start_service, name))
            self._launch(name)
        self._note_pids()
        for name in self._services:
            self._say(f"waiting for {name}")
            self._await_service(name)

    def _await_readiness(self) -> None:
        """Wait until all services say they are ready; one that does not in time is told of, and goes on."""
        deadline = time.monotonic() + _READINESS_WAIT_S
        for name in self._services:
            while why := not_ready(self._ports[name]["http"]):
                if not self._tended[name].child.alive:
                    child = self._tended[name].child
                    raise ChildFailed(name, f"ended after its start ({child.how_it_ended()})", child.log_path)
                if time.monotonic() > deadline:
                    self._say(f"{name} runs but is not ready: {why}")
                    break
                time.sleep(0.05)

    def _start_service(self, name: str) -> None:
        self._launch(name)
        self._await_service(name)

    def _launch(self, name: str) -> None:
        self._ready_file(name).unlink(missing_ok=True)
        child = self._tended[name].child
        child.env = self._service_environ(name)
        child.start()

    def _await_service(self, name: str) -> None:
        self._tended[name].child.await_ready(lambda: self._ready_file(name).exists(), _READY_WAIT_S)

    def _start_again(self, name: str, tended: _Tended) -> None:
        tended.started_at, tended.again_at = time.monotonic(), None
        try:
            tended.start()
        except ChildFailed as error:
            self._say(str(error))
            return
        self._note_pids()
        self._say(f"{name} is back")

    def _service_environ(self, name: str) -> dict[str, str]:
        prefix = name.upper()
        own = {f"{prefix}_{kind.upper()}_PORT": str(port) for kind, port in self._ports[name].items()}
        own[f"{prefix}_READY_FILE"] = str(self._ready_file(name))
        own[f"{prefix}_NATS_URL"] = self._servers["nats"].url
        if name == "ingestd":
            own["INGESTD_PROVIDERS_FILE"] = str(providers_file(self.data))
            own["INGESTD_ADMIN_TOKEN_SHA256"] = ensure_credentials(self.data).admin_token_sha256
        if name in ("stated", "pushd"):
            own[f"{prefix}_REDIS_URL"] = self._servers["redis"].url
        if name == "stated":
            own["STATED_POSTGRES_URL"] = self._servers["postgres"].url
        if name == "pushd":
            own["PUSHD_STATE_ADDRESS"] = self.endpoints.state
        return {**self._environ, **own}

    def _ready_file(self, name: str) -> Path:
        return self._folder.run / f"{name}.ready.json"

    def _note_pids(self) -> None:
        self._folder.remember([tended.child.pid for tended in self._tended.values() if tended.child.alive])
