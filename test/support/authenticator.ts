import { codeOf, stepAt } from '../../src/auth/two-factor/totp';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An authenticator app with one account. */
export class Authenticator {
  private readonly secret: Buffer;

  /** `secret` in base 32, as the server tells it. */
  constructor(secret: string) {
    const bits = [...secret].map((digit) => ALPHABET.indexOf(digit).toString(2).padStart(5, '0')).join('');
    this.secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  }

  /** What it shows at this time, or so many steps later. */
  code(nowMs = Date.now(), stepsLater = 0): string {
    return codeOf(this.secret, stepAt(nowMs) + stepsLater);
  }

  /** Six digits that are none of those it shows about now. */
  wrongCode(nowMs = Date.now()): string {
    const right = [-2, -1, 0, 1, 2].map((step) => this.code(nowMs, step));
    const wrong = ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.includes(code));
    return wrong ?? '666666';
  }
}
