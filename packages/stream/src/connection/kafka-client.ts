import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Logger } from '@millrace/contracts';
import { CompressionCodecs, CompressionTypes, Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { logKafka } from './kafka-log.ts';

export interface ClientOptions {
  /** `host:port` of one or more bootstrap brokers. */
  brokers: readonly string[];
  /** Identifies this process in the brokers' logs and metrics. */
  clientId: string;
  /** Certificates must match the hosts by which the brokers are reached. */
  tls?: TlsOptions | undefined;
  sasl?: SaslOptions | undefined;
  logger: Logger;
}

/** PEM texts. */
export interface TlsOptions {
  /** Authorities trusted to sign the brokers' certificates; by default, those that Bun knows. */
  readonly ca?: string;
  /** The client's own certificate and key. */
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
  /** The number of open sockets to brokers. */
  connections(): number;
  /** Runs `disconnect`, then destroys the sockets that it left open or that kept it waiting. */
  close(disconnect: () => Promise<void>): Promise<void>;
}

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 3_000;

// Few retries: when kafkajs gives up, the owner replaces the client, for as long as it takes.
// All fields: kafkajs has different defaults under NODE_ENV=test.
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, multiplier: 2, factor: 0.2, retries: 3 };

/** A batch of 1 MiB may decompress to a gigabyte of zeros. */
const UNZIPPED_BYTES_MAX = 4 * 1024 * 1024;
const unzip = promisify(gunzip);

/** @param onDisconnect called when the last open socket closes */
export function createKafkaClient(
  { brokers, clientId, tls, sasl, logger }: ClientOptions,
  onDisconnect: () => void = () => {},
): KafkaClient {
  const sockets = new Set<Socket>();
  /** Those of them that are connected. */
  const open = new Set<Socket>();
  let closed = false;
  // Global to kafkajs, so that whatever else uses it in this process goes on compressing.
  const gzip = CompressionCodecs[CompressionTypes.GZIP]();
  CompressionCodecs[CompressionTypes.GZIP] = () => ({
    ...gzip,
    decompress: (batch: Buffer) => unzip(batch, { maxOutputLength: UNZIPPED_BYTES_MAX }),
  });
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    // A copy: kafkajs modifies it.
    ...(sasl && { sasl: { ...sasl } as SASLOptions }),
    logLevel: logLevel.INFO,
    logCreator: () => logKafka(logger),
    // kafkajs does not report that an idle connection was lost; its socket does.
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
      // kafkajs keeps retrying requests that were in flight when its client was closed.
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
