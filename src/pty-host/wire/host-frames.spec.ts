import { HEADER_BYTES, decodeFrame } from '@holdfast/protocol';
import {
  Deframer,
  FrameLengthError,
  HostFrameType,
  LENGTH_BYTES,
  encodeHostFrame,
  encodeHostJson,
} from './host-frames';

const frames = [
  encodeHostFrame(HostFrameType.ack, 1, 2),
  encodeHostFrame(HostFrameType.data, 0xffffffff, Number.MAX_SAFE_INTEGER, Buffer.from('hello')),
  encodeHostJson(HostFrameType.request, 7, 1, { op: 'hello' }),
  encodeHostFrame(HostFrameType.data, 3, 4, Buffer.alloc(300, 0xff)),
];
const stream = Buffer.concat(frames);

function deframe(...chunks: Buffer[]): Buffer[] {
  const found: Buffer[] = [];
  const deframer = new Deframer((frame) => found.push(Buffer.from(frame)));
  for (const chunk of chunks) deframer.push(chunk);
  return found;
}

test('frames come out whole at every split into two and three chunks', () => {
  for (let first = 0; first <= stream.length; first++) {
    expect(deframe(stream.subarray(0, first), stream.subarray(first))).toEqual(frames);
    const second = Math.min(stream.length, first + 3);
    expect(deframe(stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second))).toEqual(frames);
  }
});

test('frames come out whole byte by byte', () => {
  expect(deframe(...Array.from(stream, (byte) => Buffer.of(byte)))).toEqual(frames);
});

test('a frame is handed over with its length, its header and its payload', () => {
  const [frame] = deframe(encodeHostFrame(HostFrameType.data, 5, 6, Buffer.from('abc')));
  expect(frame?.readUInt32BE(0)).toBe(HEADER_BYTES + 3);
  expect(decodeFrame((frame as Buffer).subarray(LENGTH_BYTES))).toMatchObject({ type: 1, channel: 5, offset: 6 });
});

test.each([
  ['too long', 0xffffffff],
  ['a byte over the limit', 2 * 1024 * 1024 + 1],
  ['shorter than its header', HEADER_BYTES - 1],
  ['empty', 0],
])('a frame that is %s is refused before anything is allocated for it', (_, length) => {
  const prefix = Buffer.alloc(LENGTH_BYTES);
  prefix.writeUInt32BE(length);
  expect(() => deframe(prefix)).toThrow(FrameLengthError);
  expect(() => deframe(...Array.from(prefix, (byte) => Buffer.of(byte)))).toThrow(FrameLengthError);
});
