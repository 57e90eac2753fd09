/** Something that is not as it was written down. */
export type Finding = {
  readonly stream: string;
  /** Of the first event that is concerned. */
  readonly seq: number;
} & (
  | { readonly kind: 'edited'; readonly at: string; readonly code: string }
  /** Events up to this one are gone from the middle, or the beginning. */
  | { readonly kind: 'missing'; readonly to: number }
  /** Two rows have this number. */
  | { readonly kind: 'repeated'; readonly at: string; readonly code: string }
  /** It is genuine, and does not follow the one before. */
  | { readonly kind: 'misplaced'; readonly at: string; readonly code: string }
  /** The stream was seen to go up to this one. */
  | { readonly kind: 'cut'; readonly to: number }
  /** The checkpoint of a dropped month is not ours, or does not follow the one before. */
  | { readonly kind: 'forged-checkpoint' }
);

/** For a person. What stands in rows may have been put there by an attacker: whoever prints it makes it visible. */
export function describeFinding(finding: Finding): string {
  const { stream, seq, kind } = finding;
  const where = `stream ${stream}, event ${seq}`;
  switch (kind) {
    case 'edited':
      return `EDITED     ${where} (${finding.code}, ${finding.at}): it is not what was written down`;
    case 'missing':
      return `MISSING    ${where}${through(finding)}: removed`;
    case 'repeated':
      return `REPEATED   ${where} (${finding.code}, ${finding.at}): there is another one with this number`;
    case 'misplaced':
      return `MISPLACED  ${where} (${finding.code}, ${finding.at}): it does not follow the one before`;
    case 'cut':
      return `CUT        ${where}${through(finding)}: the end of the stream was removed`;
    case 'forged-checkpoint':
      return `FORGED     ${where}: the checkpoint that stands for dropped events is not one this installation made`;
  }
}

function through({ seq, to }: { readonly seq: number; readonly to: number }): string {
  return to > seq ? ` to ${to}` : '';
}
