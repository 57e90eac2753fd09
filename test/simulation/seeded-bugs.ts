import {
  InputAcceptor,
  InputWriter,
  OutputReceiver,
  StreamReceiver,
  type Accepted,
  type WriteInput,
} from '@holdfast/protocol';

interface Bug {
  readonly name: string;
  /** Breaks the core; returns what repairs it. */
  plant(): () => void;
}

/** Replaces a member of a class until the returned function is called. */
function replace(
  prototype: object,
  member: string,
  make: (original: PropertyDescriptor) => PropertyDescriptor,
): () => void {
  const original = Object.getOwnPropertyDescriptor(prototype, member) as PropertyDescriptor;
  Object.defineProperty(prototype, member, { ...original, ...make(original) });
  return () => Object.defineProperty(prototype, member, original);
}

/** Mistakes that somebody could make in the resume core, each of which the simulator has to find. */
export const SEEDED_BUGS: readonly Bug[] = [
  {
    name: 'the host types again what it has',
    plant: () =>
      replace(InputAcceptor.prototype, 'accept', () => ({
        value: (_offset: number, bytes: Uint8Array): Accepted => ({ kind: 'deliver', bytes }),
      })),
  },
  {
    name: 'the client shows again what it has',
    plant: () =>
      replace(OutputReceiver.prototype, 'accept', () => ({
        value: (_offset: number, bytes: Uint8Array): Accepted => ({ kind: 'deliver', bytes }),
      })),
  },
  {
    name: 'something is delivered although something in front of it is missing',
    plant: () =>
      replace(StreamReceiver.prototype, 'accept', ({ value }) => ({
        value(this: StreamReceiver, offset: number, bytes: Uint8Array): Accepted {
          this.next = Math.max(this.next, offset);
          return (value as StreamReceiver['accept']).call(this, offset, bytes);
        },
      })),
  },
  {
    name: 'the client forgets input once it is sent',
    plant: () =>
      replace(InputWriter.prototype, 'take', ({ value }) => ({
        value(this: InputWriter, max: number): ReturnType<InputWriter['take']> {
          const piece = (value as InputWriter['take']).call(this, max);
          if (piece) this.acknowledge(piece.offset + piece.bytes.length);
          return piece;
        },
      })),
  },
  {
    name: 'the host commits before it writes',
    plant: () =>
      replace(InputAcceptor.prototype, 'write', () => ({
        value(
          this: { writtenTo: number; record(intent: number, commit: number): boolean },
          bytes: Uint8Array,
          at: number,
          length: number,
          writeToPty: WriteInput,
        ): number {
          const end = this.writtenTo + length;
          this.record(end, end);
          const written = writeToPty(bytes, at, length);
          this.writtenTo += written;
          this.record(this.writtenTo, this.writtenTo);
          return written;
        },
      })),
  },
  {
    name: 'the host counts input as done that only waits in its memory',
    plant: () =>
      replace(InputAcceptor.prototype, 'resumeAt', () => ({
        get(this: InputAcceptor): number {
          return this.received;
        },
      })),
  },
];
