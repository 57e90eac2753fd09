import { InputAcceptor, MAX_WRITE_BYTES } from './input-acceptor';

const bytes = (length: number): Uint8Array => new Uint8Array(length);
const everything = (_bytes: Uint8Array, _at: number, length: number): number => length;

describe('InputAcceptor', () => {
  test('takes what is new, drops what it has, refuses a gap and what it has no room for', () => {
    const input = new InputAcceptor(() => true);
    expect(input.accept(0, bytes(10), 100)).toMatchObject({ kind: 'deliver' });
    expect(input.accept(0, bytes(10), 100)).toEqual({ kind: 'duplicate' });
    expect(input.accept(11, bytes(1), 100)).toEqual({ kind: 'gap' });
    expect(input.accept(5, bytes(10), 4)).toEqual({ kind: 'overflow' });
    // A duplicate needs no room.
    expect(input.accept(0, bytes(10), 0)).toEqual({ kind: 'duplicate' });
    expect(input.accept(5, bytes(10), 5)).toEqual({ kind: 'deliver', bytes: bytes(5) });
    expect([input.received, input.written]).toEqual([15, 0]);
  });

  test('puts on record what it is about to write, at most one write of it, and then what was written', () => {
    const steps: string[] = [];
    const input = new InputAcceptor((intent, commit) => steps.push(`record ${intent} ${commit}`) > 0);
    const write = (_bytes: Uint8Array, at: number, length: number): number => {
      steps.push(`write ${at}+${length}`);
      return 10;
    };
    expect(input.write(bytes(3000), 7, 2000, write)).toBe(10);
    expect(steps).toEqual([`record ${MAX_WRITE_BYTES} 0`, `write 7+${MAX_WRITE_BYTES}`, 'record 10 10']);
    expect(input.written).toBe(10);
  });

  test('writes nothing that it cannot put on record', () => {
    const input = new InputAcceptor(() => false);
    expect(input.write(bytes(5), 0, 5, () => 5)).toBe(0);
    expect(input.written).toBe(0);
  });

  test('a write that may have happened counts as written and is named until the writer types on', () => {
    const input = new InputAcceptor(() => true, { intent: 150, commit: 100 });
    expect([input.received, input.written]).toEqual([150, 150]);
    expect(input.ambiguous).toEqual({ from: 100, to: 150 });
    expect(input.accept(100, bytes(50), 1000)).toEqual({ kind: 'duplicate' });
    expect(input.ambiguous).toEqual({ from: 100, to: 150 });
    input.accept(150, bytes(1), 1000);
    expect(input.ambiguous).toBeUndefined();
    input.write(bytes(1), 0, 1, everything);
    expect(input.written).toBe(151);
  });
});
