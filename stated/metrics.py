"""Every metric of stated, by name, in one place."""

from prometheus_client import Counter, Gauge, Histogram

_LATENCY_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60)

events_folded = Counter("scoreline_stated_events_folded_total", "Events that became a step.", ["step"])
notes_recorded = Counter("scoreline_stated_notes_recorded_total", "What operators were told.", ["reason"])
events_poisoned = Counter("scoreline_stated_events_poisoned_total", "Events given up after many attempts.")
engine_failures = Counter("scoreline_stated_engine_failures_total", "Times the engine raised: our bug.")
patches_published = Counter("scoreline_stated_patches_published_total", "Patches stored by JetStream.")
patch_bytes = Histogram(
    "scoreline_stated_patch_bytes", "Size of a patch frame.", buckets=(8, 12, 16, 20, 30, 50, 100, 300, 1000)
)
commit_s = Histogram(
    "scoreline_stated_commit_seconds", "One round trip of commits to Redis.", buckets=_LATENCY_S
)
commit_conflicts = Counter(
    "scoreline_stated_commit_conflicts_total", "Commits refused by the store.", ["outcome"]
)
ingest_to_commit_s = Histogram(
    "scoreline_stated_ingest_to_commit_seconds",
    "From the provider's receipt to the commit.",
    buckets=_LATENCY_S,
)
events_held = Gauge("scoreline_stated_events_held", "Events that wait for an earlier one.", ["partition"])
games_cached = Gauge("scoreline_stated_games_cached", "Folds in memory.", ["partition"])
consumer_lag = Gauge("scoreline_stated_consumer_lag_events", "Events not yet folded.", ["partition"])
archive_lag = Gauge("scoreline_stated_archive_lag_events", "Events not yet archived.")
games_rebuilt = Counter("scoreline_stated_games_rebuilt_total", "Games folded again from the log.", ["cause"])
events_archived = Counter("scoreline_stated_events_archived_total", "Rows offered to the archive.")
retries = Counter("scoreline_stated_retries_total", "Attempts that found a dependency down.", ["dependency"])
watchers = Gauge("scoreline_stated_watchers", "Calls of WatchStates that are open.")
