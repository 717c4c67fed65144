import { expect, test } from 'bun:test';
import { ensureTopics, TOPICS } from '@millrace/stream';
import { recordingLogger, type StreamLab } from '../lab.ts';
import { kafka } from '../reader.ts';

export function topics(lab: StreamLab): void {
  test('ten processes ensure the topics at once, and again, logging nothing above info', async () => {
    const { logger, lines } = recordingLogger();
    const options = { brokers: lab.broker.brokers, clientId: 'stream-suite', logger };
    await Promise.all(Array.from({ length: 10 }, () => ensureTopics(options)));
    await ensureTopics(options);

    const admin = kafka(lab.broker.brokers).admin();
    await admin.connect();
    const metadata = await admin.fetchTopicMetadata({ topics: TOPICS.map(({ name }) => name) });
    await admin.disconnect();
    const found = metadata.topics.map(({ name, partitions }) => ({ name, partitions: partitions.length }));
    expect(found).toEqual(expect.arrayContaining([...TOPICS]));
    expect(lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });

  test('a topic with more partitions is left alone; one with fewer is named in a warning', async () => {
    const { logger, lines } = recordingLogger();
    const name = `ensured-${Bun.randomUUIDv7()}`;
    const options = { brokers: lab.broker.brokers, clientId: 'stream-suite', logger };
    await ensureTopics(options, [{ name, partitions: 3 }]);
    await ensureTopics(options, [{ name, partitions: 2 }]);
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);

    await ensureTopics(options, [{ name, partitions: 4 }]);
    const warnings = lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(warnings).toEqual([expect.stringContaining(`${name} has 3 partitions`)]);
  });
}
