import type { GroupOptions } from './client.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import { platformaticClient } from './platformatic-client.ts';

// A group member to be killed: usage `member-main.ts <client> <bootstrap> <GroupOptions as JSON>`.
// Prints its partitions as a JSON array whenever they change. Exits when its parent does.
const [client, bootstrap = '', options = ''] = process.argv.slice(2);
const connect = client === 'platformatic' ? platformaticClient : kafkajsClient;
process.stdin.on('end', () => process.exit()).resume();

const member = await connect(bootstrap).joinGroup(JSON.parse(options) as GroupOptions);
let printed = '';
setInterval(() => {
  const partitions = JSON.stringify(member.partitions);
  if (partitions !== printed) {
    printed = partitions;
    console.log(partitions);
  }
}, 20);
