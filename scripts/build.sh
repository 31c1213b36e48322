#!/usr/bin/env bash
# Configures and builds one preset: scripts/build.sh [PRESET [TARGET...]]; the default is all of release.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
shift || true
if [ ! -f "build/$preset/build.ninja" ]; then
  printf '\033[1m==>\033[0m %s\n' "Configuring build/$preset" >&2
  cmake --preset "$preset" > /dev/null
fi
printf '\033[1m==>\033[0m %s\n' "Building build/$preset${*:+: $*}" >&2
exec cmake --build "build/$preset" --parallel "$(nproc)" ${*:+--target "$@"}
