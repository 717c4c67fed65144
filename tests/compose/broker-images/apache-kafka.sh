#!/usr/bin/env bash
# Apache Kafka as a single KRaft node, its data in Redpanda's volume.
set -euo pipefail

java=(java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=WARN -cp '/opt/kafka/*')
if [ ! -e /var/lib/redpanda/data/kafka/meta.properties ]; then
  # Any id will do: there is only one node.
  "${java[@]}" kafka.tools.StorageTool format --cluster-id=TWlsbHJhY2VDb21wb3NlMQ -c /opt/server.properties
fi

"${java[@]}" kafka.Kafka /opt/server.properties &
# A JVM exits with 143 even after a clean stop on SIGTERM.
trap 'kill -TERM %1; wait %1 || [ $? = 143 ] && exit 0' TERM
wait %1
