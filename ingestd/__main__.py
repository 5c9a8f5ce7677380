"""`python -m ingestd`."""

import sys

from ingestd.app import start
from ingestd.settings import IngestdSettings
from scoreline.runtime import lifecycle


def main() -> None:
    """Run ingestd until it is told to stop."""
    sys.exit(lifecycle.run("ingestd", IngestdSettings, start))


if __name__ == "__main__":
    main()
