"""Start the gateway: `python -m pushd` or `pushd`."""

from __future__ import annotations

import sys

from pushd.app import start
from pushd.settings import Settings
from scoreline.runtime import lifecycle


def main() -> None:
    """Run until told to stop."""
    sys.exit(lifecycle.run("pushd", Settings, start))


if __name__ == "__main__":
    main()
