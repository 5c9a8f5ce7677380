#!/usr/bin/env bash
# Refuse changes of proto/ that break clients: against the merge base, or on main against the last commit.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
  echo "buf breaking: skipped, $1"
  exit 0
}

git rev-parse --verify --quiet HEAD >/dev/null 2>&1 || skip "there is no commit to compare with"
head=$(git rev-parse HEAD)
base=$(git merge-base HEAD origin/main 2>/dev/null || git merge-base HEAD main 2>/dev/null || echo "$head")
if [[ $base == "$head" ]] && git diff --quiet HEAD -- proto; then
  # Nothing uncommitted: the commit itself is what has to be judged.
  base=$(git rev-parse --verify --quiet HEAD~1) || skip "this is the first commit"
fi
git cat-file -e "$base:proto" 2>/dev/null || skip "$(git rev-parse --short "$base") has no protos"
buf breaking proto --against ".git#ref=$base,subdir=proto"
echo "buf breaking: compatible with $(git rev-parse --short "$base")"
