#!/usr/bin/env bash
# Creates the missing topics of topics.conf and applies the settings of all; safe to run repeatedly. It never adds
# partitions to an existing topic, because keyed events would change theirs; services with too few say so at startup.
#
#   BROKERS=localhost:19092 REPLICAS=3 infra/redpanda/create-topics.sh
set -euo pipefail

brokers=${BROKERS:?host:port of the brokers, separated by commas}
replicas=${REPLICAS:-1}

# `docker compose restart` starts this together with the brokers. If they are still down after 30 tries, rpk fails below.
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
