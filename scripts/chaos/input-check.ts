/** Where a write was flagged: it may or may not have reached the program. Offsets into what was typed. */
export interface Flagged {
  readonly from: number;
  readonly to: number;
}

export interface InputVerdict {
  readonly exact: boolean;
  readonly lostBytes: number;
  readonly doubledBytes: number;
  /** Flagged pieces that had not reached the program. */
  readonly flaggedAndLost: number;
}

/** Every token that is typed is another one and ends with this. */
export const TOKEN_END = ';';

/** Compares what was typed with what the program read; each flagged piece may be there or not, nothing else may differ. */
export function checkInput(typed: string, received: string, flagged: readonly Flagged[]): InputVerdict {
  let expected = '';
  let at = 0;
  let flaggedAndLost = 0;
  for (const { from, to } of [...flagged].sort((a, b) => a.from - b.from)) {
    expected += typed.slice(at, from);
    const piece = typed.slice(from, to);
    if (received.startsWith(piece, expected.length)) expected += piece;
    else flaggedAndLost++;
    at = to;
  }
  expected += typed.slice(at);
  if (received === expected) return { exact: true, lostBytes: 0, doubledBytes: 0, flaggedAndLost };
  return { exact: false, ...countTokens(expected, received), flaggedAndLost };
}

function countTokens(expected: string, received: string): { lostBytes: number; doubledBytes: number } {
  const got = new Map<string, number>();
  for (const token of received.split(TOKEN_END)) got.set(token, (got.get(token) ?? 0) + 1);
  let lostBytes = 0;
  let doubledBytes = 0;
  for (const token of expected.split(TOKEN_END)) {
    const times = got.get(token) ?? 0;
    if (times === 0) lostBytes += token.length + 1;
    else doubledBytes += (times - 1) * (token.length + 1);
  }
  return { lostBytes, doubledBytes };
}
