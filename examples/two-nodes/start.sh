#!/bin/sh
# Runs PostgreSQL, two nodes and a load balancer on one machine, without root: http://127.0.0.1:4000.
#   start.sh           starts everything that is not running
#   start.sh restart   restarts the nodes one after the other; clients lose nothing
#   start.sh stop      stops everything
# Needs `haproxy` and the programs of PostgreSQL 13 or later (PG_BIN names their folder), and a user other than root.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
state=${STATE:-$here/state}
pg=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)}
PATH=${pg:+$pg:}$PATH:/usr/sbin

running() { [ -f "$state/$1.pid" ] && kill -0 "$(cat "$state/$1.pid")" 2>/dev/null; }
port_of() { sed -n 's/^PORT=//p' "$here/node-$1.env"; }

# Waits until a node is ready (HTTP 200).
await() {
  for _ in $(seq 60); do
    [ "$(curl -s -o "$state/answer" -w '%{http_code}' "http://127.0.0.1:$(port_of "$1")/health/ready")" = 200 ] && return
    running "$1" || break
    sleep 1
  done
  echo "Node $1 is not ready; see $state/$1.log" >&2
  exit 1
}

# The second argument is passed to the node.
start_node() {
  running "$1" && return
  (
    set -a
    . "$here/canbo.env"
    . "$state/secrets.env"
    . "$here/node-$1.env"
    exec node "$root/dist/src/main.js" $2
  ) >>"$state/$1.log" 2>&1 &
  echo $! >"$state/$1.pid"
  await "$1"
}

stop_node() {
  running "$1" || return 0
  kill -TERM "$(cat "$state/$1.pid")"
  while running "$1"; do sleep 1; done
  rm -f "$state/$1.pid"
}

start() {
  [ -f "$root/dist/src/main.js" ] || { echo 'Build first: npm ci && npm run build' >&2; exit 1; }
  mkdir -p "$state"
  if [ ! -f "$state/secrets.env" ]; then
    (umask 077 && printf 'JWT_SECRET=%s\nMETRICS_TOKEN=%s\n' \
      "$(openssl rand -base64 48)" "$(openssl rand -hex 32)" >"$state/secrets.env")
  fi
  if [ ! -d "$state/postgres" ]; then
    # `trust`, because it listens only on this machine; elsewhere use passwords or certificates.
    initdb -D "$state/postgres" -U postgres -A trust -E UTF8 >"$state/initdb.log"
    echo "include '$here/postgresql.conf'" >>"$state/postgres/postgresql.conf"
    echo "unix_socket_directories = '$state'" >>"$state/postgres/postgresql.conf"
  fi
  pg_ctl -D "$state/postgres" status >"$state/answer" ||
    pg_ctl -D "$state/postgres" -l "$state/postgres.log" -w start >"$state/answer"
  admin() { psql -X -q -h 127.0.0.1 -p 5433 -U postgres "$@"; }
  admin -tAc "SELECT 1 FROM pg_roles WHERE rolname = 'canbo'" | grep -q 1 ||
    admin -c 'CREATE ROLE canbo LOGIN' -c 'CREATE DATABASE canbo OWNER canbo ENCODING UTF8'
  # The first node creates the tables, once: later an empty database would be an error.
  if [ -f "$state/created" ]; then start_node a ''; else start_node a --create && touch "$state/created"; fi
  start_node b ''
  running haproxy || haproxy -D -f "$here/haproxy.cfg" -p "$state/haproxy.pid"
  echo 'Canbo is at http://127.0.0.1:4000/graphql'
}

case ${1:-start} in
  start) start ;;
  restart) for node in a b; do stop_node $node; start_node $node ''; done ;;
  stop)
    running haproxy && kill -TERM "$(cat "$state/haproxy.pid")"
    stop_node a & stop_node b & wait
    pg_ctl -D "$state/postgres" -m fast stop >"$state/answer" 2>&1 || true
    ;;
  *) sed -n '2,6p' "$0"; exit 2 ;;
esac
