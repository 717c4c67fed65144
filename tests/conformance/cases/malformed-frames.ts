import { afterEach, describe, expect, test } from 'bun:test';
import type { Lab } from '../lab.ts';
import { RawConnection } from '../wire/raw-connection.ts';
import {
  ApiKey,
  apiVersionsRequest,
  frameOf,
  futureApiVersionsRequest,
  int16,
  int32,
  nullableString,
  rawRequest,
} from '../wire/raw-request.ts';
import { stillServes } from '../wire/still-serves.ts';

const UNSUPPORTED_VERSION = 35;
const INT32_MAX = 2 ** 31 - 1;

// Requests that clients send; the others are between brokers.
const CLIENT_API_KEYS = [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 32, 37, 42];

/** The same bytes in every run (Park and Miller's generator), so that failures can be reproduced. */
function pseudoRandomBytes(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % INT32_MAX;
    return state & 0xff;
  };
}

export function malformedFrames(lab: Lab): void {
  describe('malformed frames', () => {
    // Whatever a connection has sent, the next client must not be affected.
    afterEach(() => stillServes(lab));

    const body = (...parts: Buffer[]) => Buffer.concat(parts);
    const metadataWith = (content: Buffer) =>
      rawRequest({ apiKey: ApiKey.Metadata, apiVersion: 1, correlationId: 1, body: content });

    const refused: Record<string, Buffer> = {
      'a negative length': int32(-1),
      'a length of 2 GiB': body(int32(INT32_MAX), Buffer.alloc(64)),
      'a length of zero': int32(0),
      'an HTTP request': Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      'a frame too short for a header': frameOf(Buffer.from([0, 3])),
      'a client id longer than its frame': frameOf(body(int16(3), int16(1), int32(1), int16(9_999))),
      'an unknown api key': rawRequest({ apiKey: 9_999, apiVersion: 0, correlationId: 1 }),
      'a negative api key': rawRequest({ apiKey: -1, apiVersion: 0, correlationId: 1 }),
      'an unknown version of Metadata': rawRequest({
        apiKey: ApiKey.Metadata,
        apiVersion: 999,
        correlationId: 1,
      }),
      'a negative version of Metadata': rawRequest({
        apiKey: ApiKey.Metadata,
        apiVersion: -1,
        correlationId: 1,
      }),
      'a request without its body': metadataWith(Buffer.alloc(0)),
      'an array of 1,000 with one element': metadataWith(body(int32(1_000), nullableString('topic'))),
      'an array of 2^31-1 elements': metadataWith(body(int32(INT32_MAX), nullableString('topic'))),
      'a string longer than its frame': metadataWith(body(int32(1), int16(500), Buffer.from('topic'))),
      'a string of negative length': metadataWith(body(int32(1), int16(-7))),
    };

    for (const [what, bytes] of Object.entries(refused)) {
      test(`${what} closes the connection without an answer`, async () => {
        const connection = await RawConnection.open(lab.bootstrap);
        connection.send(bytes);
        expect(await connection.closedAfter()).toBe(0);
        connection.destroy();
      });
    }

    test('noise in place of a body is survived, whatever the request', async () => {
      const byte = pseudoRandomBytes(20_261_123);
      for (const apiKey of CLIENT_API_KEYS) {
        const connections = await Promise.all(
          Array.from({ length: 10 }, () => RawConnection.open(lab.bootstrap)),
        );
        for (const [apiVersion, connection] of connections.entries()) {
          const noise = Buffer.from(Array.from({ length: 8 + (byte() % 100) }, byte));
          connection.send(rawRequest({ apiKey, apiVersion, correlationId: 1, body: noise }));
          connection.halfClose();
        }
        await stillServes(lab, { metadataOnly: true });
        for (const connection of connections) {
          connection.destroy();
        }
      }
    });

    test('only the connection that sent it is closed', async () => {
      const [good, bad] = [await RawConnection.open(lab.bootstrap), await RawConnection.open(lab.bootstrap)];
      bad.send(int32(-1));
      await bad.closedAfter();
      good.send(apiVersionsRequest(5));
      expect((await good.frame()).readInt32BE(0)).toBe(5);
      good.destroy();
      bad.destroy();
    });

    test('requests before the malformed one are still answered', async () => {
      const connection = await RawConnection.open(lab.bootstrap);
      connection.send(apiVersionsRequest(1));
      expect((await connection.frame()).readInt32BE(0)).toBe(1);
      connection.send(int32(-1));
      await connection.closedAfter();
      connection.destroy();
    });

    test('an unknown version of ApiVersions is answered in version 0 with error 35 and the ranges', async () => {
      const connection = await RawConnection.open(lab.bootstrap);
      connection.send(futureApiVersionsRequest(42));
      const frame = await connection.frame();
      expect(frame.readInt32BE(0)).toBe(42);
      expect(frame.readInt16BE(4)).toBe(UNSUPPORTED_VERSION);
      // error_code, then the array of api_key, min_version, max_version: six bytes each, and no more.
      const count = frame.readInt32BE(6);
      expect(frame.length).toBe(10 + 6 * count);
      const ranges = Array.from({ length: count }, (_, index) => frame.readInt16BE(10 + 6 * index));
      expect(ranges).toContain(ApiKey.ApiVersions);

      // The client continues with a version it knows, on the same connection.
      connection.send(apiVersionsRequest(43));
      expect((await connection.frame()).readInt32BE(0)).toBe(43);
      connection.destroy();
    });
  });
}
