import { createHmac } from 'node:crypto';

/** 132 bits, and nothing that a shell or a mark gives a meaning. */
const NONCE_CHARACTERS = 22;

/**
 * The word by which marks of a session's own shell are told from what programs print. Made from a secret of this machine, so that every
 * gateway knows it and nobody has to keep it.
 */
export function markNonce(secret: string, storageKey: string): string {
  return createHmac('sha256', secret)
    .update(`shell marks\n${storageKey}`)
    .digest('base64url')
    .slice(0, NONCE_CHARACTERS);
}
