/** What is remembered of one sequence; longer ones are hostile, and mean nothing. */
const MAX_BYTES = 32;
const MAX_PARAMETER = 65_535;
const DIGIT_ZERO = 0x30;

/** The parameters of the CSI sequence that is being read. */
export class ControlSequence {
  private readonly bytes = new Uint8Array(MAX_BYTES);
  private length = 0;
  private isTooLong = false;

  begin(): void {
    this.length = 0;
    this.isTooLong = false;
  }

  push(byte: number): void {
    if (this.length < MAX_BYTES) this.bytes[this.length++] = byte;
    else this.isTooLong = true;
  }

  /** It is not read from its beginning, so nobody knows what it means. */
  spoil(): void {
    this.isTooLong = true;
  }

  get isUsable(): boolean {
    return !this.isTooLong;
  }

  /** `CSI ? …`, `CSI > …`: the character in front of the parameters. */
  get prefix(): string {
    const first = this.length > 0 ? (this.bytes[0] as number) : 0;
    return first >= 0x3c && first <= 0x3f ? String.fromCharCode(first) : '';
  }

  /** The first parameter; 0 when it was left out. */
  get first(): number {
    return this.parameters[0] ?? 0;
  }

  get parameters(): number[] {
    const values = [0];
    for (const byte of this.bytes.subarray(this.prefix.length, this.length)) {
      const last = values.length - 1;
      const digit = byte - DIGIT_ZERO;
      if (digit >= 0 && digit <= 9) values[last] = Math.min((values[last] as number) * 10 + digit, MAX_PARAMETER);
      else values.push(0);
    }
    return values;
  }
}
