"""Spans leave the process when, and only when, an endpoint is set."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

PROGRAM = """
import os
from scoreline.runtime import telemetry
provider = telemetry.configure("demo", os.environ)
parent = telemetry.extract({"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
with telemetry.span("event.stored", parent=parent):
    headers = {}
    telemetry.inject(headers)
    print(headers["traceparent"])
if provider is not None:
    provider.shutdown()
"""


@pytest.mark.parametrize("sampler", ["parentbased_traceidratio", None])
def test_a_sampled_span_is_exported_with_the_name_of_its_service(sampler: str | None) -> None:
    bodies: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environ = os.environ | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
    }
    if sampler:
        # A ratio of 0 for new traces; the parent was sampled, and its word counts.
        environ |= {"OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": "0"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, timeout=30
    )
    server.shutdown()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert "b7ad6b7169203331" not in done.stdout  # our span is the parent of what follows
    assert b"event.stored" in b"".join(bodies)
    assert b"demo" in b"".join(bodies)


def test_without_an_endpoint_the_parent_itself_travels_on() -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, timeout=30
    )
    assert done.stdout.strip() == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
