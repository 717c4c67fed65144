import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** How an API's request is read and its response written, in each supported version. */
export type Codec<Request, Response> = {
  decode(reader: Reader, version: number): Request;
  encode(writer: Writer, version: number, response: Response): void;
};
