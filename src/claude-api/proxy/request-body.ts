import type { IncomingMessage } from 'node:http';
import { ApiRefusal } from './api-refusal';
import { type HeldBody, MAX_BODY_BYTES } from './held-bodies';

/** When too many wait. */
const COME_BACK_SECONDS = 5;

/** All of it, because it may have to be sent again. */
export function readBody(request: IncomingMessage, held: HeldBody): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (error: Error): void => {
      request.off('data', onData);
      // The rest is thrown away, so that the answer arrives.
      request.resume();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) fail(tooLarge());
      else if (!held.grow(chunk.length)) fail(tooMuchWaits());
      else chunks.push(chunk);
    };
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return fail(tooLarge());
    request.on('data', onData);
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.once('error', fail);
    request.once('close', () => fail(new Error('The request was not finished')));
  });
}

function tooLarge(): ApiRefusal {
  return new ApiRefusal({ status: 413, message: 'This request is larger than the API takes.' }, 'limit');
}

function tooMuchWaits(): ApiRefusal {
  const message = 'Too many of your requests wait at this server; it takes more when they are through.';
  return new ApiRefusal({ status: 429, message, retryAfterSeconds: COME_BACK_SECONDS }, 'limit');
}
