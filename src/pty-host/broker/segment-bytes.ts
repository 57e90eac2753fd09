import fs from 'node:fs';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

/** Checked at once in the broker's thread: a tenth of a millisecond. */
const SLICE_BYTES = 256 * 1024;
/** Level 6 takes three times as long for a few percent less. */
const GZIP_LEVEL = 3;
const GZIP_CHUNK_BYTES = 256 * 1024;
/** CRC-32 and length, at the end of a gzip file. */
const TRAILER_BYTES = 8;

const gzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip);
const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);

/** The bytes on disk are not those that were written. */
export class SegmentDamagedError extends Error {}

/** The CRC-32 of a file that must have exactly `size` bytes. */
export async function crcOfFile(file: string, size: number): Promise<number> {
  const slice = Buffer.allocUnsafe(Math.min(SLICE_BYTES, size + 1));
  const handle = await open(file);
  try {
    let crc = 0;
    let at = 0;
    for (let read = -1; read !== 0; at += read) {
      read = (await handle.read(slice, 0, slice.length, at)).bytesRead;
      crc = zlib.crc32(slice.subarray(0, read), crc);
    }
    if (at !== size) throw new SegmentDamagedError(`${at} bytes instead of ${size}`);
    return crc;
  } finally {
    await handle.close();
  }
}

/** Compresses a file in the thread pool; its bytes must have this CRC. */
export async function compressFile(file: string, crc: number): Promise<Buffer> {
  const bytes = await gzip(await fs.promises.readFile(file), { level: GZIP_LEVEL, chunkSize: GZIP_CHUNK_BYTES });
  if (crcIn(bytes) !== crc) throw new SegmentDamagedError('the CRC does not match');
  return bytes;
}

/** The bytes of a compressed file, which must be `size` and have this CRC if it is known. */
export async function decompressFile(file: string, size: number, crc: number | undefined): Promise<Buffer> {
  const compressed = await readWhole(file);
  try {
    if (compressed.length < TRAILER_BYTES || (crc !== undefined && crcIn(compressed) !== crc))
      throw new SegmentDamagedError('the CRC does not match');
    // One piece of work for the thread pool: the output buffer has room for everything.
    const chunkSize = Math.max(size, zlib.constants.Z_MIN_CHUNK);
    const bytes = await gunzip(compressed, { chunkSize, maxOutputLength: chunkSize });
    if (bytes.length !== size) throw new SegmentDamagedError(`${bytes.length} bytes instead of ${size}`);
    return bytes;
  } catch (error) {
    if (error instanceof SegmentDamagedError) throw error;
    throw new SegmentDamagedError((error as Error).message);
  }
}

function crcIn(gzipped: Buffer): number {
  return gzipped.readUInt32LE(gzipped.length - TRAILER_BYTES);
}

async function open(file: string): Promise<fs.promises.FileHandle> {
  return fs.promises.open(file, 'r').catch(missingIsDamage);
}

async function readWhole(file: string): Promise<Buffer> {
  return fs.promises.readFile(file).catch(missingIsDamage);
}

function missingIsDamage(error: NodeJS.ErrnoException): never {
  if (error.code === 'ENOENT') throw new SegmentDamagedError('its file is missing');
  throw error;
}
