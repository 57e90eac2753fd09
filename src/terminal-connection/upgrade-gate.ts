import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../config/environment';
import { clientAddress } from '../infrastructure/http/client-address';
import { addressKey } from '../rate-limits/address-key';
import type { LimitKind, RateKind } from '../rate-limits/limit-kinds';
import { RateLimits } from '../rate-limits/rate-limits';
import { Slots } from '../rate-limits/slots';
import type { SessionGateway } from '../sessions/session.entity';
import { type Admission, UpgradeRefusal } from './admission';
import { AuditedAdmission } from './audited-admission';
import type { InputAllowance } from './socket-intake';

const FULL_RETRY_SECONDS = 5;
const EVERYBODY = 'everybody';

/** A socket that may be opened, and what may be sent on it. */
export type AdmittedSocket = Admission & { readonly allowance: InputAllowance };

interface Cap {
  readonly kind: LimitKind;
  /** The setting. */
  readonly limit: string;
  readonly value: number;
  readonly status: 429 | 503;
  readonly slots: Slots;
}

/**
 * How many WebSockets may be tried and open: before the credential is looked at by address, afterwards by user. A place is taken
 * in the turn of the event loop in which the credential turned out to be good, and given back when the connection ends, so that a
 * hundred upgrades at once get exactly as many places as there are.
 */
@Injectable()
export class UpgradeGate {
  private readonly total: Cap;
  private readonly perAddress: Cap;
  private readonly perUser: Cap;

  constructor(
    private readonly desk: AuditedAdmission,
    private readonly rates: RateLimits,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    const { maxConnections, maxConnectionsPerAddress, maxConnectionsPerUser } = config.webSocket;
    this.total = cap('sockets-total', 'WS_MAX_CONNECTIONS', maxConnections, 503);
    this.perAddress = cap('sockets-address', 'WS_MAX_CONNECTIONS_PER_ADDRESS', maxConnectionsPerAddress, 429);
    this.perUser = cap('sockets-user', 'WS_MAX_CONNECTIONS_PER_USER', maxConnectionsPerUser, 429);
  }

  /** Throws an `UpgradeRefusal`. */
  async admit(request: IncomingMessage, gateway: SessionGateway): Promise<AdmittedSocket> {
    const address = clientAddress(request, this.config.access.proxyHops) ?? '';
    this.take('upgrade-address', address);
    const admission = await this.desk.admit(request, gateway);
    // It was a good one: hundreds of people behind one address may come back at once.
    this.rates.giveBack('upgrade-address', address);
    const { userId } = admission.principal;
    this.take('upgrade-user', userId);
    this.occupy(request, this.perUser, userId);
    this.occupy(request, this.perAddress, addressKey(address));
    this.occupy(request, this.total, EVERYBODY);
    return { ...admission, allowance: this.allowanceOf(userId) };
  }

  private allowanceOf(userId: string): InputAllowance {
    const { rates } = this;
    return {
      bytesPerSecond: this.config.webSocket.inputBytesPerSecond,
      ofUser: {
        bytes: rates.bucket('input-bytes', userId),
        frames: rates.bucket('input-frames', userId),
        events: rates.bucket('input-events', userId),
      },
      onLimit: (limit) => rates.note(limit, userId),
    };
  }

  private take(kind: RateKind, key: string): void {
    const { allowed, retryAfterMs } = this.rates.take(kind, key);
    if (allowed) return;
    const message = 'Too many WebSockets were opened or tried; try again after the given time.';
    throw new UpgradeRefusal(429, ErrorCode.rateLimited, message, Math.ceil(retryAfterMs / 1000), { limit: kind });
  }

  /** Until the connection ends, however this upgrade does: one that is refused is closed. */
  private occupy({ socket }: IncomingMessage, { kind, limit, value, status, slots }: Cap, key: string): void {
    const release = slots.take(key);
    if (release && !socket.destroyed) return void socket.once('close', release);
    release?.();
    if (socket.destroyed) return;
    this.rates.note(kind, key);
    const message = `There are ${value} WebSockets already, and no more are taken (${limit}); close some, or try again later.`;
    const details = { limit, value, current: slots.count(key) };
    throw new UpgradeRefusal(status, ErrorCode.tooManyConnections, message, FULL_RETRY_SECONDS, details);
  }
}

function cap(kind: LimitKind, limit: string, value: number, status: 429 | 503): Cap {
  return { kind, limit, value, status, slots: new Slots(value) };
}
