"""Start the gateway: `python -m pushd` or `pushd`, with `--workers N` for several processes on one port."""

from __future__ import annotations

import argparse
import os
import sys


def main() -> None:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(prog="pushd", description=__doc__)
    parser.add_argument("--workers", type=int, help="processes that share the ports (PUSHD_WORKERS)")
    chosen = parser.parse_args()
    if chosen.workers is not None:
        os.environ["PUSHD_WORKERS"] = str(chosen.workers)
    sys.exit(_run())


def _run() -> int:
    # Imported here: the parent of workers needs neither a loop nor the gateway.
    from pushd.settings import Settings
    from scoreline.runtime.settings import SettingsError, load

    try:
        settings: Settings | None = load(Settings, os.environ)
    except SettingsError:
        settings = None  # told below, in one place for all services
    if settings is not None and settings.workers > 1:
        from pushd import supervisor

        return supervisor.run(settings)
    from pushd.app import start
    from scoreline.runtime import lifecycle

    return lifecycle.run("pushd", Settings, start)


if __name__ == "__main__":
    main()
