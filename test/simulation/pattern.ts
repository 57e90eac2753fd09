/**
 * Every byte follows from its position, so one that is lost, doubled or swapped shows, and nothing has to be kept. An input byte
 * carries its writer in the two highest bits. Tables, because a hash for each byte took most of the time.
 */
const PERIOD = 1024 * 1024;
/** The longest piece that is looked at in one go. */
const MAX_PIECE = 64 * 1024;

function table(salt: number, keep: number, mark: number): Buffer {
  const { imul } = Math;
  const bytes = Buffer.alloc(PERIOD + MAX_PIECE);
  for (let position = 0; position < bytes.length; position++) {
    const h = imul((position % PERIOD) + salt * 7919, 2654435761);
    bytes[position] = ((h ^ (h >>> 15)) & keep) | mark;
  }
  return bytes;
}

const OUTPUT = table(1, 0xff, 0);
const INPUT = [0, 1, 2, 3].map((writer) => table(100 + writer, 0x3f, writer << 6));
/** Epochs begin at different places of the table. */
const EPOCH_SHIFT = 104_729;

export function outputBytes(epoch: number, from: number, length: number): Buffer {
  const at = (from + epoch * EPOCH_SHIFT) % PERIOD;
  return OUTPUT.subarray(at, at + length);
}

export function inputBytes(writer: number, from: number, length: number): Buffer {
  const at = from % PERIOD;
  return (INPUT[writer] as Buffer).subarray(at, at + length);
}

export const writerOf = (byte: number): number => byte >> 6;

export const same = (a: Buffer, b: Uint8Array): boolean => a.equals(b);
