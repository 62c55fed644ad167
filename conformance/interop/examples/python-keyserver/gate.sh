#!/bin/sh
# The CI gate: starts the key server on loopback, judges it, leaves report.xml and report.html. 0: all as expected.
set -eu
cd "$(dirname "$0")"
lurkspec=${LURKSPEC:-$PWD/lurkspec}/build/bin/lurkspec

rm -rf lab
"$lurkspec" pki lab
cp keyserver.toml target.toml lab/
/usr/bin/python3 keyserver.py lab/keyserver.toml >lab/server.txt &
trap 'kill $!' EXIT
timeout 60 sh -c 'until grep -q "^ready " lab/server.txt; do sleep 0.1; done'
"$lurkspec" keyserver "ski+https://$(sed -n 's/^ready //p' lab/server.txt)/ski" --target lab/target.toml --profile quick \
  --only 'ski-*' --only 'channel-*' --expect expectations.toml --junit report.xml --html report.html
