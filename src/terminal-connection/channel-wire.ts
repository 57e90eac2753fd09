import type { DomainError } from '../kernel/domain-error';

/** What a channel says to its socket. */
export interface ChannelWire {
  event(event: string, data: object, id?: string): void;
  error(error: DomainError, channel: number, id?: string): void;
  binary(frame: Uint8Array): void;
  output(frame: Buffer, channel: number): void;
  /** The channel is over: its number may be used again. */
  release(channel: number): void;
  /** A viewer tried to type, or to signal. */
  overstepped(): void;
  /** The host restarted and input may be missing: the client has to resume. */
  reconnect(): void;
  hostAway(): void;
}
