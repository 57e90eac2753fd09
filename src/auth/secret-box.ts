import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { DomainError } from '../kernel/domain-error';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^v1\.([0-9a-f]{8})\.([\w-]+)$/;

interface Key {
  readonly id: string;
  readonly key: KeyObject;
}

/** Encrypts what is stored and must be readable again, with the id of its key in front, so that keys can be replaced. */
export class SecretBox {
  private readonly keys: readonly [Key, ...Key[]];

  /** The first secret seals; the others only open what was sealed before. */
  constructor([first, ...earlier]: readonly [string, ...string[]]) {
    this.keys = [keyFrom(first), ...earlier.map(keyFrom)];
  }

  /** `purpose` says whose and what it is: sealed for one, it cannot be opened as another. */
  seal(plain: Uint8Array, purpose: string): string {
    const [{ id, key }] = this.keys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return `v1.${id}.${sealed.toString('base64url')}`;
  }

  open(sealed: string, purpose: string): Buffer {
    const [, id, text = ''] = FORM.exec(sealed) ?? [];
    const key = this.keys.find((candidate) => candidate.id === id)?.key;
    if (!key) throw unreadable();
    const bytes = Buffer.from(text, 'base64url');
    try {
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      throw unreadable(cause);
    }
  }

  /** Whether it was sealed with the key that seals now; what was not should be sealed again. */
  isCurrent(sealed: string): boolean {
    return FORM.exec(sealed)?.[1] === this.keys[0].id;
  }
}

function keyFrom(secret: string): Key {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'holdfast sealed secrets', KEY_BYTES));
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), key: createSecretKey(bytes) };
}

function unreadable(cause?: unknown): DomainError {
  const message = 'What is stored about this account cannot be decrypted; an administrator has to look at SECRETS_KEY.';
  return new DomainError('unavailable', message, { cause });
}
