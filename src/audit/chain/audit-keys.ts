import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Config } from '../../../config/environment';
import { storedSecret } from '../../infrastructure/stored-secret';
import type { AuditRecord, SealedRecord } from './audit-record';
import { canonicalJson } from './canonical-json';

/** What is signed for one purpose means nothing for the other. */
type Purpose = 'event' | 'checkpoint';

/** The key of the chains. It is never in the database: who can change events there cannot make them genuine. */
export class AuditKeys {
  private readonly keys: readonly [KeyObject, ...KeyObject[]];

  /** The first one signs; what any of them signed is genuine. */
  constructor(current: string, ...previous: readonly string[]) {
    this.keys = [keyOf(current), ...previous.map(keyOf)];
  }

  /** Generated at the first start, unless it is set. */
  static load(config: Config): AuditKeys {
    return AuditKeys.with(config.audit.key ?? storedSecret(keyFile(config)), config);
  }

  /** For those who only read: undefined = there is none yet. */
  static find(config: Config): AuditKeys | undefined {
    const isStored = fs.existsSync(keyFile(config));
    return config.audit.key !== undefined || isStored ? AuditKeys.load(config) : undefined;
  }

  private static with(current: string, { audit }: Config): AuditKeys {
    return new AuditKeys(current, ...(audit.previousKey === undefined ? [] : [audit.previousKey]));
  }

  seal(record: AuditRecord): SealedRecord {
    return { ...record, mac: this.sign('event', record) };
  }

  isGenuine({ mac, ...record }: SealedRecord): boolean {
    return this.isSigned('event', record, mac);
  }

  sign(purpose: Purpose, content: object): string {
    return hmac(this.keys[0], purpose, content);
  }

  isSigned(purpose: Purpose, content: object, signature: string): boolean {
    return this.keys.some((key) => isSame(hmac(key, purpose, content), signature));
  }
}

function keyFile({ dataDir }: Config): string {
  return path.join(dataDir, 'secrets', 'audit');
}

function keyOf(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret));
}

function hmac(key: KeyObject, purpose: Purpose, content: object): string {
  return createHmac('sha256', key)
    .update(`holdfast audit ${purpose} 1\n`)
    .update(canonicalJson(content))
    .digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
