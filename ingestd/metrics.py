"""Every metric of ingestd, in one place."""

from types import SimpleNamespace

from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class _Metrics(SimpleNamespace):
    events: Counter
    publish_seconds: Histogram
    unacked: Gauge
    dead_letters: Counter
    streams: Gauge
    webhooks: Counter
    translate_seconds: Histogram
    throttled_seconds: Counter


metrics = _Metrics(
    events=Counter(
        "scoreline_ingestd_events_total",
        "Events answered, by outcome (stored, duplicate, rejected) and the reason of a rejection.",
        ["provider", "outcome", "reason"],
    ),
    publish_seconds=Histogram(
        "scoreline_ingestd_publish_seconds",
        "From handing a batch to the event log until all of it is durable.",
        buckets=_FAST,
    ),
    unacked=Gauge("scoreline_ingestd_unacked_events", "Events published that JetStream has not acked yet."),
    dead_letters=Counter(
        "scoreline_ingestd_dead_letters_total",
        "Payloads that could not be read, by whether they were kept.",
        ["provider", "edge", "kept"],
    ),
    streams=Gauge("scoreline_ingestd_open_streams", "gRPC streams of providers that are open."),
    webhooks=Counter("scoreline_ingestd_webhooks_total", "Webhook requests, by HTTP status.", ["status"]),
    translate_seconds=Histogram(
        "scoreline_ingestd_translate_seconds",
        "Translating one document of a provider's format.",
        ["format"],
        buckets=_FAST,
    ),
    throttled_seconds=Counter(
        "scoreline_ingestd_throttled_seconds_total",
        "Time that senders were slowed down to their rate.",
        ["provider"],
    ),
)
