#!/usr/bin/env bash
# Installs what a fresh Debian 12 lacks to build, run and test millrace. Quick when nothing is missing.
#
#   scripts/dependencies.sh          everything
#   scripts/dependencies.sh --help   this text
#
# Three layers: Debian packages (compiler, libraries, interpreters); a Python environment and a Node.js
# module folder in .deps/, which hold what AWS puts beside every function (boto3, @aws-sdk v3), the
# SAM translator and the test tools.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = --help ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0"
  exit 0
fi

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

PACKAGES=(
  g++ cmake ninja-build ccache mold git ca-certificates
  librocksdb-dev libboost1.81-dev libsimdjson-dev nlohmann-json3-dev libpugixml-dev
  libyaml-cpp-dev libssl-dev zlib1g-dev libzip-dev libfmt-dev libspdlog-dev libcli11-dev
  prometheus-cpp-dev libgtest-dev libgmock-dev libbenchmark-dev
  python3 python3-venv
)
command -v node > /dev/null || PACKAGES+=(nodejs)
command -v npm > /dev/null || PACKAGES+=(npm)

missing=()
for package in "${PACKAGES[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo > /dev/null; then
      echo "These Debian packages are missing and only root can install them:" >&2
      echo "  apt-get install ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

# A stamp names what was installed, so that a change of the list below installs again.
install_once() {  # install_once STAMP COMMAND...
  local stamp=.deps/$1
  shift
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$*" ] && return 0
  "$@"
  mkdir -p .deps
  printf '%s' "$*" > "$stamp"
}

install_python() {
  say "Installing Python packages into .deps/python: $*"
  python3 -m venv .deps/python
  .deps/python/bin/pip install --quiet --disable-pip-version-check "$@"
}
install_once python.stamp install_python \
  boto3==1.43.11 awscli==1.45.11 aws-sam-translator==1.110.0 PyYAML==6.0.2 pytest==8.4.2

# The last version of the JavaScript SDK that still runs on Debian 12's Node.js 18.
JS_SDK=3.965.0
install_node() {
  say "Installing Node.js modules into .deps/node: $*"
  mkdir -p .deps/node
  [ -f .deps/node/package.json ] || echo '{"private":true}' > .deps/node/package.json
  npm install --prefix .deps/node --no-audit --no-fund --loglevel=error --ignore-scripts "$@"
}
clients=()
for client in client-dynamodb client-dynamodb-streams client-lambda client-sqs client-sns client-s3 \
  client-sts client-cloudwatch client-cloudwatch-logs client-kinesis client-cloudformation \
  client-eventbridge client-secrets-manager client-ssm lib-dynamodb util-dynamodb; do
  clients+=("@aws-sdk/$client@$JS_SDK")
done
install_once node.stamp install_node "${clients[@]}"
