import type { Resume } from '@holdfast/protocol';
import { TypedEvents } from '../kernel/typed-events';

/** What sockets count. Plain numbers, because bytes are counted on the data path; whoever measures reads them. */
export class ConnectionStats {
  readonly events = new TypedEvents<{ opened: { readonly resume: Resume; readonly seconds: number } }>();
  connections = 0;
  channels = 0;
  outputBytes = 0;
  inputBytes = 0;
  badFrames = 0;
}
