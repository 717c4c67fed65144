#!/usr/bin/env bash
# Creates the topics of topics.conf that are missing, and gives each its settings: run again, it changes nothing that is as it
# should be. Partitions are never added to a topic that exists, since keyed events would change theirs; the services say so at
# their start where there are too few.
#
#   BROKERS=localhost:19092 REPLICAS=3 infra/redpanda/create-topics.sh
set -euo pipefail

brokers=${BROKERS:?host:port of the brokers, separated by commas}
replicas=${REPLICAS:-1}

# `docker compose restart` starts this beside the brokers, not after them. Whoever is still away after these is told of below.
for ((attempt = 0; attempt < 30; attempt++)); do
  rpk cluster info -X "brokers=$brokers" </dev/null &>/dev/null && break
  sleep 1
done

while read -r topic partitions settings; do
  case $topic in '' | '#'*) continue ;; esac
  creating=() altering=()
  for setting in $settings; do
    creating+=(--topic-config "$setting")
    altering+=(--set "$setting")
  done
  rpk topic create "$topic" --partitions "$partitions" --replicas "$replicas" "${creating[@]}" \
    --if-not-exists -X "brokers=$brokers" </dev/null
  rpk topic alter-config "$topic" "${altering[@]}" --no-confirm -X "brokers=$brokers" </dev/null
done <"$(dirname "${BASH_SOURCE[0]}")/topics.conf"
