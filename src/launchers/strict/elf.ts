import fs from 'node:fs';

/** What a program says it needs before its first instruction. */
export interface Elf {
  /** Of the machine it is for: a library for another one is not the one it means. */
  readonly machine: number;
  /** The dynamic loader; absent: a library, or a static program. */
  readonly interpreter?: string;
  readonly needed: readonly string[];
  /** Directories it brings along, with `$ORIGIN` replaced. */
  readonly searchPath: readonly string[];
}

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2 /* 64 bit */, 1 /* little-endian */]);
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const DYNAMIC_BYTES = 16;
/** Real ones have a dozen. */
const MAX_SEGMENTS = 128;
/** Real ones have a few dozen entries. */
const MAX_DYNAMIC_BYTES = 64 * 1024;
const MAX_STRING_BYTES = 4096;

const Segment = { load: 1, dynamic: 2, interpreter: 3 } as const;
const Tag = { end: 0, needed: 1, strings: 5, rpath: 15, runpath: 29 } as const;

interface SegmentHeader {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Undefined: it is no 64-bit ELF file; a script, for example. Reads a few hundred bytes, and executes nothing. */
export function readElf(file: string): Elf | undefined {
  const descriptor = fs.openSync(file, 'r');
  try {
    const header = read(descriptor, 0, HEADER_BYTES);
    if (header.length < HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
    const segments = segmentsOf(descriptor, header);
    const interpreter = segments.find(({ type }) => type === Segment.interpreter);
    return {
      machine: header.readUInt16LE(18),
      ...(interpreter && { interpreter: readString(descriptor, interpreter.offset) }),
      ...dependencies(descriptor, segments, file),
    };
  } finally {
    fs.closeSync(descriptor);
  }
}

function segmentsOf(descriptor: number, header: Buffer): SegmentHeader[] {
  const count = Math.min(header.readUInt16LE(56), MAX_SEGMENTS);
  const table = read(descriptor, Number(header.readBigUInt64LE(32)), count * SEGMENT_BYTES);
  return Array.from({ length: Math.floor(table.length / SEGMENT_BYTES) }, (_, index) => {
    const at = index * SEGMENT_BYTES;
    return {
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      size: Number(table.readBigUInt64LE(at + 32)),
    };
  });
}

function dependencies(
  descriptor: number,
  segments: readonly SegmentHeader[],
  file: string,
): Pick<Elf, 'needed' | 'searchPath'> {
  const dynamic = segments.find(({ type }) => type === Segment.dynamic);
  const entries = dynamic ? dynamicEntries(descriptor, dynamic) : [];
  const strings = entries.find(({ tag }) => tag === Tag.strings);
  const table = strings && fileOffset(segments, strings.value);
  if (table === undefined) return { needed: [], searchPath: [] };
  const text = (wanted: number) =>
    entries.filter(({ tag }) => tag === wanted).map(({ value }) => readString(descriptor, table + value));
  const origin = fs.realpathSync(file).replace(/\/[^/]*$/, '');
  const searchPath = [...text(Tag.runpath), ...text(Tag.rpath)]
    .flatMap((list) => list.split(':'))
    .map((directory) => directory.replace(/\$ORIGIN|\$\{ORIGIN\}/g, origin))
    .filter((directory) => directory.startsWith('/'));
  return { needed: text(Tag.needed), searchPath };
}

function dynamicEntries(descriptor: number, { offset, size }: SegmentHeader): { tag: number; value: number }[] {
  const table = read(descriptor, offset, Math.min(size, MAX_DYNAMIC_BYTES));
  const entries: { tag: number; value: number }[] = [];
  for (let at = 0; at + DYNAMIC_BYTES <= table.length; at += DYNAMIC_BYTES) {
    const tag = Number(table.readBigInt64LE(at));
    if (tag === Tag.end) break;
    entries.push({ tag, value: Number(table.readBigUInt64LE(at + 8)) });
  }
  return entries;
}

/** Of an address in memory. */
function fileOffset(segments: readonly SegmentHeader[], address: number): number | undefined {
  const segment = segments.find(
    (candidate) =>
      candidate.type === Segment.load && address >= candidate.address && address < candidate.address + candidate.size,
  );
  return segment && segment.offset + address - segment.address;
}

function readString(descriptor: number, offset: number): string {
  const bytes = read(descriptor, offset, MAX_STRING_BYTES);
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
}

function read(descriptor: number, offset: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, fs.readSync(descriptor, buffer, 0, length, offset));
}
