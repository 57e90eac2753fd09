import fc from 'fast-check';
import fs from 'node:fs';
import { Landing } from './landing';

let directory: string;
let file: string;

beforeEach(() => {
  directory = fs.mkdtempSync('/tmp/hf-landing-');
  file = `${directory}/landing`;
  Landing.create(file);
});

afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

const text = fc.uint8Array({ maxLength: 5000 }).filter((bytes) => bytes.at(-1) !== 0xff);

/** A broker that is killed at some step between reading and the next read. */
test('killed at any step, every byte that was read is in the transcript once', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), fc.nat(), fc.nat(), (reads, step, cut) => {
      let transcript = Buffer.from('before');
      const landing = new Landing(file, transcript.length);
      reads.forEach((read, index) => {
        landing.bytes.set(read);
        if (index < reads.length - 1) {
          transcript = Buffer.concat([transcript, read]);
          landing.clear(read.length);
        }
      });
      const last = reads.at(-1) ?? new Uint8Array();
      const part = last.length > 0 ? cut % last.length : 0;
      // Appended not at all, partly, wholly; then cleared partly.
      if (step % 4 === 1) transcript = Buffer.concat([transcript, last.subarray(0, part)]);
      if (step % 4 >= 2) transcript = Buffer.concat([transcript, last]);
      if (step % 4 === 3) landing.bytes.fill(0xff, 0, part);
      // Killed: nothing is closed, and only the file is looked at.
      transcript = Buffer.concat([transcript, Landing.rescue(file, transcript.length)]);
      expect(transcript.equals(Buffer.concat([Buffer.from('before'), ...reads]))).toBe(true);
      const successor = new Landing(file, transcript.length);
      expect(Landing.rescue(file, transcript.length)).toHaveLength(0);
      landing.close();
      successor.close();
    }),
    { numRuns: 200 },
  );
});

test('a transcript that lost more than what was just read gets nothing in the wrong place', () => {
  const landing = new Landing(file, 1000);
  landing.bytes.write('late');
  expect(Landing.rescue(file, 900)).toHaveLength(0);
  expect(Landing.rescue(file, 1004)).toHaveLength(0);
  expect(Landing.rescue(file, 1003).toString()).toBe('e');
  landing.close();
});

test('a file that is missing or torn holds nothing', () => {
  fs.truncateSync(file, 100);
  expect(Landing.rescue(file, 0)).toHaveLength(0);
  fs.rmSync(file);
  expect(Landing.rescue(file, 0)).toHaveLength(0);
  new Landing(file, 0).close();
  expect(fs.existsSync(file)).toBe(true);
});

test('opened and closed a thousand times, it leaves no mapping and no descriptor', () => {
  const maps = (): number => fs.readFileSync('/proc/self/maps', 'latin1').split(file).length;
  const descriptors = fs.readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 1000; i++) {
    const landing = new Landing(file, 0);
    landing.bytes.write('x');
    landing.close();
  }
  expect(maps()).toBe(1);
  expect(fs.readdirSync('/proc/self/fd').length).toBe(descriptors);
});
