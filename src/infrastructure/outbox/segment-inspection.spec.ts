import fc from 'fast-check';
import { decodeRecord, encodeRecord, MAX_JSON_BYTES, type OutboxRecord } from './record';
import { inspectSegment } from './segment-inspection';

const records = fc.array(
  fc.record({ id: fc.uuid(), kind: fc.string(), at: fc.nat(), payload: fc.jsonValue({ maxDepth: 2 }) }),
  { minLength: 1, maxLength: 8 },
);

function segmentOf(some: readonly OutboxRecord[]): { bytes: Buffer; ends: number[] } {
  let end = 0;
  const encoded = some.map(encodeRecord);
  return { bytes: Buffer.concat(encoded), ends: encoded.map(({ length }) => (end += length)) };
}

function decodeAll(bytes: Buffer): OutboxRecord[] {
  const { starts, end } = inspectSegment(bytes);
  return starts.map((from, index) => decodeRecord(bytes, from, starts[index + 1] ?? end));
}

it('gives back what was written', () => {
  fc.assert(
    fc.property(records, (written) => {
      const { bytes } = segmentOf(written);
      expect(decodeAll(bytes)).toEqual(JSON.parse(JSON.stringify(written)));
      expect(inspectSegment(bytes).rest).toBe('nothing');
    }),
  );
});

it('finds every whole record before a cut anywhere, and takes the rest for a torn tail', () => {
  fc.assert(
    fc.property(records, fc.nat(), (written, where) => {
      const { bytes, ends } = segmentOf(written);
      const cut = where % bytes.length;
      const whole = ends.filter((end) => end <= cut);
      const found = inspectSegment(bytes.subarray(0, cut));
      expect(found.starts).toHaveLength(whole.length);
      expect(found.rest).toBe(cut === found.end ? 'nothing' : 'torn');
    }),
  );
});

it('calls it damage, wherever a byte was changed, and never reads a changed record', () => {
  fc.assert(
    fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, where, change) => {
      const { bytes, ends } = segmentOf(written);
      const at = where % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(at) ^ change, at);
      const found = inspectSegment(bytes);
      expect(found.starts).toHaveLength(ends.filter((end) => end <= at).length);
      expect(found.rest).toBe('damaged');
    }),
    { numRuns: 500 },
  );
});

it('takes zeros after the last record for what a power cut leaves', () => {
  const { bytes } = segmentOf([{ id: 'a', kind: 'k', at: 1, payload: null }]);
  const found = inspectSegment(Buffer.concat([bytes, Buffer.alloc(4096)]));
  expect(found).toMatchObject({ end: bytes.length, rest: 'torn' });
});

it('refuses a record that would be a good part of a segment', () => {
  const record = { id: 'a', kind: 'large', at: 1, payload: 'x'.repeat(MAX_JSON_BYTES) };
  expect(() => encodeRecord(record)).toThrow(/large has \d+ bytes/);
});
