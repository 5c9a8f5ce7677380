"""Every log line is one event with key-values: JSON in production, readable at home.

Whatever a library says through the standard `logging` module leaves by the same
door, and whatever looks like a secret by its key leaves as `***` [E5].
"""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, TextIO

import orjson
import structlog
from opentelemetry import trace
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, WrappedLogger

# structlog's own functions have a parameter called `logger`, so the name travels under another key.
_MODULE = "_module"
LogFormat = Literal["auto", "json", "console"]

_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
_SECRET_PARTS = ("token", "secret", "password", "authorization", "signature", "api_key", "cookie")
# Without the variables of each frame: among them are tokens, signatures and what strangers sent.
_TRACEBACKS = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
_NOISY = {"nats": logging.WARNING, "aiohttp.access": logging.WARNING, "asyncio": logging.WARNING}


def configure(
    service: str, *, log_format: LogFormat = "auto", log_level: str = "info", to: TextIO | None = None
) -> None:
    """Route structlog and the standard library's logging to one stream, in one form."""
    stream = sys.stdout if to is None else to
    as_json = log_format == "json" or (log_format == "auto" and not stream.isatty())
    level = logging.getLevelNamesMapping()[log_level.upper()]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _add_trace,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _name_logger,
        hide_secrets,
    ]
    last: list[structlog.typing.Processor] = (
        [_TRACEBACKS, structlog.processors.JSONRenderer(serializer=_dumps)]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=stream.isatty(), pad_event_to=28, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in _NOISY.items():
        logging.getLogger(name).setLevel(max(level, least))


def get(name: str) -> Any:
    """Return the logger of a module; `name` is shown as `logger`."""
    return structlog.get_logger(**{_MODULE: name})


@contextmanager
def bound(**values: str | int) -> Iterator[None]:
    """Put `values` (game_id, event_id, trace_id) on every line logged inside the block."""
    with structlog.contextvars.bound_contextvars(**values):
        yield


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace what is under a key that names a secret (one level deep), and the credentials in addresses."""
    for key, value in event.items():
        if _names_secret(key):
            event[key] = "***"
        elif isinstance(value, str) and "://" in value:
            event[key] = _USERINFO.sub("***@", value)
        elif isinstance(value, dict):
            event[key] = {inner: "***" if _names_secret(str(inner)) else it for inner, it in value.items()}
    return event


def _names_secret(key: str) -> bool:
    lowered = key.lower()
    return any(part in lowered for part in _SECRET_PARTS)


def _name_logger(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if _MODULE in event:
        event["logger"] = event.pop(_MODULE)
    return event


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event.setdefault("trace_id", trace.format_trace_id(context.trace_id))
    return event


def _dumps(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
