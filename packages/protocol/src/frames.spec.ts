import fc from 'fast-check';
import { FrameType, HEADER_BYTES, decodeFrame, encodeFrame } from './frames';

const types = fc.constantFrom(FrameType.data, FrameType.ack, FrameType.snapshot);
const channels = fc.integer({ min: 0, max: 0xffffffff });

test('every frame is decoded as it was encoded', () => {
  fc.assert(
    fc.property(
      types,
      channels,
      fc.maxSafeNat(),
      fc.uint8Array({ maxLength: 200 }),
      (type, channel, offset, payload) => {
        expect(decodeFrame(encodeFrame(type, channel, offset, payload))).toEqual({ type, channel, offset, payload });
      },
    ),
  );
});

test('a frame looks on the wire as the contract says', () => {
  const frame = encodeFrame(FrameType.data, 0x01020304, 0x5_06070809, Uint8Array.of(0xff));
  expect(Buffer.from(frame).toString('hex')).toBe('01' + '01020304' + '0000000506070809' + 'ff');
});

test('the largest offset is 2^53 - 1', () => {
  const frame = encodeFrame(FrameType.ack, 0, Number.MAX_SAFE_INTEGER);
  expect(decodeFrame(frame)?.offset).toBe(Number.MAX_SAFE_INTEGER);
  frame.set([0x00, 0x20, 0, 0, 0, 0, 0, 0], 5);
  expect(decodeFrame(frame)).toBeUndefined();
  frame.fill(0xff, 5, HEADER_BYTES);
  expect(decodeFrame(frame)).toBeUndefined();
});

test('what is shorter than a header is no frame, and nothing makes the decoder throw', () => {
  for (let length = 0; length < HEADER_BYTES; length++) expect(decodeFrame(new Uint8Array(length))).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const frame = decodeFrame(bytes);
      if (frame) {
        expect(Number.isSafeInteger(frame.offset)).toBe(true);
        expect(frame.payload.length).toBe(bytes.length - HEADER_BYTES);
      }
    }),
  );
});

test('a payload is a view of what was decoded, also in the middle of a larger buffer', () => {
  const frame = encodeFrame(FrameType.data, 7, 9, Uint8Array.of(1, 2, 3));
  const buffer = new Uint8Array(100);
  buffer.set(frame, 50);
  const decoded = decodeFrame(buffer.subarray(50, 50 + frame.length));
  expect(decoded).toEqual({ type: 1, channel: 7, offset: 9, payload: Uint8Array.of(1, 2, 3) });
  expect(decoded?.payload.buffer).toBe(buffer.buffer);
});
