import io
import json
import logging

import pytest
import structlog
from opentelemetry import context, trace

from scoreline.runtime import logs, telemetry

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def lines() -> io.StringIO:
    stream = io.StringIO()
    logs.configure("demo", log_format="json", to=stream)
    yield stream
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def last(stream: io.StringIO) -> dict[str, object]:
    return json.loads(stream.getvalue().splitlines()[-1])


def test_a_line_is_one_json_object_with_service_and_bound_ids(lines: io.StringIO) -> None:
    with logs.bound(game_id="g1", event_id="e1"):
        logs.get("m").info("event.stored", sequence=4)
    line = last(lines)
    assert line["event"] == "event.stored"
    assert (line["service"], line["game_id"], line["event_id"], line["sequence"]) == ("demo", "g1", "e1", 4)
    assert line["level"] == "info"


def test_ids_do_not_leak_out_of_their_block(lines: io.StringIO) -> None:
    with logs.bound(game_id="g1"):
        pass
    logs.get("m").info("event.stored")
    assert "game_id" not in last(lines)


def test_secrets_are_hidden_by_key_also_one_level_down(lines: io.StringIO) -> None:
    logs.get("m").info("call.refused", token="hunter2", headers={"Authorization": "hunter2", "a": "b"})
    assert "hunter2" not in lines.getvalue()
    assert last(lines)["headers"] == {"Authorization": "***", "a": "b"}


def test_passwords_in_addresses_are_hidden(lines: io.StringIO) -> None:
    logs.get("m").info("redis.connected", url="redis://me:hunter2@host:6379/0")
    assert last(lines)["url"] == "redis://***@host:6379/0"


def test_libraries_leave_by_the_same_door(lines: io.StringIO) -> None:
    logging.getLogger("grpc").error("went %s", "wrong")
    line = last(lines)
    assert (line["event"], line["logger"], line["service"]) == ("went wrong", "grpc", "demo")


def test_an_exception_becomes_part_of_its_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        logs.get("m").error("event.refused", exc_info=error)
    assert last(lines)["exception"][0]["exc_value"] == "broken"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_the_variables_of_a_frame_stay_out_of_the_log(log_format: logs.LogFormat) -> None:
    stream = io.StringIO()
    logs.configure("demo", log_format=log_format, to=stream)
    credential = "hunter" + str(1 + 1)
    try:
        raise ValueError("broken")
    except ValueError as error:
        logs.get("m").error("it.failed", exc_info=error)
    finally:
        structlog.reset_defaults()
    assert "broken" in stream.getvalue()
    assert credential not in stream.getvalue()


def test_values_that_json_does_not_know_are_shown_not_fatal(lines: io.StringIO) -> None:
    logs.get("m").info("event.stored", value=object(), body=b"\xff")
    assert "object" in str(last(lines)["value"])


def test_the_trace_id_of_the_current_context_is_on_the_line(lines: io.StringIO) -> None:
    token = context.attach(telemetry.extract({"traceparent": PARENT}))
    logs.get("m").info("event.stored")
    context.detach(token)
    assert last(lines)["trace_id"] == "0af7651916cd43dd8448eb211c80319c"


def test_a_trace_travels_without_any_exporter() -> None:
    headers: dict[str, str] = {}
    with telemetry.span("fold", parent=telemetry.extract({"traceparent": PARENT})):
        telemetry.inject(headers)
    assert headers["traceparent"].split("-")[1] == "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize("headers", [None, {}, {"traceparent": "nonsense"}, {"traceparent": ""}])
def test_a_missing_or_broken_parent_is_no_parent(headers: dict[str, str] | None) -> None:
    found = telemetry.extract(headers)
    assert not trace.get_current_span(found).get_span_context().is_valid
    assert telemetry.trace_id(found) == ""
