"""Run the measurements of the push tier; each result is kept as `results/push-<name>.json`."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import importlib
import json
import os
import time
from pathlib import Path

import pushd
from benchmarks.machine import keep
from benchmarks.push import charts
from benchmarks.push.stand import stand

SCENARIOS = {
    "football": "football",
    "per-delivery": "per_delivery",
    "peers": "peers",
    "memory": "memory",
    "growth": "growth",
    "fairness": "fairness",
    "slow": "slow",
    "storm": "storm",
    "machine": "whole_machine",
}


async def _run(names: list[str], *, smoke: bool, kept: bool) -> list[str]:
    failed = []
    for name in names:
        scenario = importlib.import_module(f"benchmarks.push.{SCENARIOS[name]}")
        print(f"== {name}: {scenario.TITLE}", flush=True)
        began, load = time.monotonic(), os.getloadavg()[0]
        try:
            async with stand() as ground:
                figures = await scenario.run(ground, smoke=smoke)
        except (RuntimeError, TimeoutError, OSError) as error:
            # One that fails is told and the others still run.
            print(f"   FAILED: {error}", flush=True)
            failed.append(name)
            continue
        seconds = time.monotonic() - began
        print(json.dumps(figures, indent=2))
        print(f"   {seconds:.0f} s", flush=True)
        if kept:
            told = {
                "pushd_sources": _sources(),
                # What others did on the machine just before: a figure taken beside them is worth less.
                "load_average_before": round(load, 2),
                "seconds": round(seconds),
                **figures,
            }
            print(f"   kept in {keep(f'push-{name}', told)}", flush=True)
            charts.draw(name, figures)
    return failed


def _sources() -> str:
    """Return a digest of the gateway's sources: a commit says too little while they are being changed."""
    digest = hashlib.sha256()
    for path in sorted(Path(pushd.__path__[0]).rglob("*")):
        if path.suffix in {".py", ".c"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.push", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"some of: {', '.join(SCENARIOS)}")
    parser.add_argument("--smoke", action="store_true", help="small counts, nothing kept: does it work?")
    parser.add_argument("--no-keep", action="store_true", help="print only, keep no result")
    chosen = parser.parse_args()
    unknown = set(chosen.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    names = chosen.scenarios or list(SCENARIOS)
    failed = asyncio.run(_run(names, smoke=chosen.smoke, kept=not (chosen.smoke or chosen.no_keep)))
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
