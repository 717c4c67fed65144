#!/usr/bin/env bash
# Apache Kafka as one KRaft node, its data in the volume that Redpanda's would be in.
set -euo pipefail

java=(java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=WARN -cp '/opt/kafka/*')
if [ ! -e /var/lib/redpanda/data/kafka/meta.properties ]; then
  # Any id will do: there is one node, and nobody else joins it.
  "${java[@]}" kafka.tools.StorageTool format --cluster-id=TWlsbHJhY2VDb21wb3NlMQ -c /opt/server.properties
fi

"${java[@]}" kafka.Kafka /opt/server.properties &
# A JVM that stops in order on SIGTERM ends with 143 all the same.
trap 'kill -TERM %1; wait %1 || [ $? = 143 ] && exit 0' TERM
wait %1
