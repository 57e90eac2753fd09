import { countCharacters, InputTail, readableInput } from './input-tail';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the last typed input', () => {
  it('gives a range by its positions from the first byte on', () => {
    const tail = new InputTail();
    tail.append(bytes('echo '));
    tail.append(bytes('hello\r'));
    expect(readableInput(tail.read({ from: 5, to: 10 }))).toBe('hello');
  });

  it('forgets what is old, and keeps its positions right', () => {
    const tail = new InputTail();
    tail.append(new Uint8Array(100_000));
    tail.append(bytes('tail'));
    expect(readableInput(tail.read({ from: 100_000, to: 100_004 }))).toBe('tail');
    expect(tail.read({ from: 0, to: 4 })).toHaveLength(0);
  });

  it('is shown so that a person can read it', () => {
    expect(readableInput(bytes('rm\x7f \x03\x1b[A日\r'))).toBe('rm⌫ ^C␛[A日⏎\n');
    expect(countCharacters(bytes('日本'))).toBe('2 characters');
    expect(countCharacters(bytes('x'))).toBe('1 character');
  });
});
