"""`python -m stated`: the authoritative state of every game."""

import sys

from scoreline.runtime import lifecycle
from stated.app import start
from stated.settings import StatedSettings


def main() -> None:
    """Run the service."""
    sys.exit(lifecycle.run("stated", StatedSettings, start))


if __name__ == "__main__":
    main()
