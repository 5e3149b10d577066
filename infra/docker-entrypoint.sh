#!/bin/sh
# docker run cartera api | worker | cartera <command of the command line>
set -eu
command=${1:-api}
[ $# -eq 0 ] || shift
case $command in
  api) exec node /app/apps/api/dist/main.js "$@" ;;
  worker) exec node /app/apps/worker/dist/main.js "$@" ;;
  cartera) exec node /app/apps/cli/dist/main.js "$@" ;;
  *)
    echo "Commands: api, worker, cartera <...>" >&2
    exit 64
    ;;
esac
