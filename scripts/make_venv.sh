#!/usr/bin/env bash
# Make the virtual environment with the first Python that is new enough, or say what is missing.
set -euo pipefail
target=$1

for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
  path=$(command -v "$name" || true)
  if [[ -n $path ]] && "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "making $target with $("$path" --version) ($path)"
    # Half an environment would look like a whole one to make.
    trap 'rm -rf "$target"; exit 130' INT TERM
    if "$path" -m venv "$target"; then
      exit 0
    fi
    rm -rf "$target"
    echo "error: $path can't make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2
    exit 1
  fi
done
echo "error: Scoreline needs Python 3.11 or newer, and found none." >&2
echo "       Install one (https://www.python.org/downloads/), or name it: make PYTHON=/path/to/python3.11 run" >&2
exit 1
