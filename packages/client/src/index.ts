export { createClient } from './create-client';
export { fromWs } from './from-ws';
export { HoldfastError } from './holdfast-error';
export { MAX_UNSENT_BYTES } from './limits';
export { systemTimers } from './system-timers';
export type * from './types';
export type {
  ActivityState,
  ByteRange,
  EndReason,
  Opened,
  Resume,
  Role,
  ServerEvents,
  SignalName,
} from '@holdfast/protocol';
