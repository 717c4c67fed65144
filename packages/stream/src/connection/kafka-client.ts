import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Logger } from '@millrace/contracts';
import { CompressionCodecs, CompressionTypes, Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { logKafka } from './kafka-log.ts';

export interface ClientOptions {
  /** `host:port` of one or more brokers to begin with. */
  brokers: readonly string[];
  /** Names this process in the brokers' logs and metrics. */
  clientId: string;
  /** TLS to the brokers, whose certificates have to be for the host that they are reached at. */
  tls?: TlsOptions | undefined;
  sasl?: SaslOptions | undefined;
  logger: Logger;
}

/** Each a PEM text. */
export interface TlsOptions {
  /** Who may have signed the brokers' certificates; the authorities that Bun knows, if left out. */
  readonly ca?: string;
  /** The client's own certificate, and its key. */
  readonly cert?: string;
  readonly key?: string;
}

export interface SaslOptions {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface KafkaClient {
  readonly kafka: Kafka;
  /** How many sockets to brokers are open. */
  connections(): number;
  /** Runs `disconnect`, and cuts the sockets that it leaves behind or that make it wait. */
  close(disconnect: () => Promise<void>): Promise<void>;
}

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 3_000;

// Short: whoever owns the client throws it away and makes another when kafkajs gives up, for as long as it takes.
// Complete: kafkajs has other defaults under NODE_ENV=test.
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, multiplier: 2, factor: 0.2, retries: 3 };

/** A batch of 1 MiB may hold a gigabyte of zeros. */
const UNZIPPED_BYTES_MAX = 4 * 1024 * 1024;
const unzip = promisify(gunzip);

/** @param onDisconnect called when the last open socket closed */
export function createKafkaClient(
  { brokers, clientId, tls, sasl, logger }: ClientOptions,
  onDisconnect: () => void = () => {},
): KafkaClient {
  /** Those that are open, and all that are not closed yet. */
  const open = new Set<Socket>();
  const sockets = new Set<Socket>();
  let closed = false;
  // For all clients of this process, which send nothing compressed.
  CompressionCodecs[CompressionTypes.GZIP] = () => ({
    decompress: (batch: Buffer) => unzip(batch, { maxOutputLength: UNZIPPED_BYTES_MAX }),
  });
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    // A copy: kafkajs writes into it.
    ...(sasl && { sasl: { ...sasl } as SASLOptions }),
    logLevel: logLevel.INFO,
    logCreator: () => logKafka(logger),
    // kafkajs tells nobody that an idle connection was lost. The sockets do.
    socketFactory: ({ host, port, onConnect }) => {
      const onOpen = () => {
        open.add(socket);
        onConnect();
      };
      const address = { host, port, noDelay: true, keepAlive: true };
      const socket = tls
        ? connectTls({ ...address, ...tls, ...(!isIP(host) && { servername: host }) }, onOpen)
        : connect(address, onOpen);
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        if (open.delete(socket) && open.size === 0) onDisconnect();
      });
      // kafkajs goes on retrying what was under way when its client was closed.
      if (closed) socket.destroy(new Error('the client is closed'));
      return socket;
    },
  });

  return {
    kafka,
    connections: () => open.size,
    async close(disconnect) {
      await Promise.race([disconnect().catch(() => {}), Bun.sleep(CLOSE_TIMEOUT_MS)]);
      closed = true;
      for (const socket of sockets) socket.destroy(new Error('the client is closed'));
    },
  };
}
