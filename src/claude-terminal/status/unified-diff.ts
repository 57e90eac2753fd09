/** Lines of unchanged text around a change. */
const CONTEXT = 3;
/** Cells of the table in which the longest common part is looked for; beyond it, what changed is shown as replaced as a whole. */
const MAX_CELLS = 100_000;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** The hunks of a unified diff between two texts; empty when they are equal. */
export function unifiedDiff(before: string, after: string): string {
  const lines = compare(linesOf(before), linesOf(after));
  const hunks: string[] = [];
  let at = 0;
  while (at < lines.length) {
    const first = lines.findIndex(({ mark }, index) => index >= at && mark !== ' ');
    if (first < 0) break;
    const end = endOfHunk(lines, first);
    hunks.push(hunk(lines, Math.max(at, first - CONTEXT), end));
    at = end;
  }
  return hunks.join('\n');
}

/** Changes with at most twice the context between them are one hunk. */
function endOfHunk(lines: readonly Line[], first: number): number {
  let last = first;
  for (let index = first; index < lines.length && index - last <= 2 * CONTEXT; index++) {
    if (lines[index]?.mark !== ' ') last = index;
  }
  return Math.min(lines.length, last + 1 + CONTEXT);
}

function hunk(lines: readonly Line[], from: number, to: number): string {
  const count = (part: readonly Line[], other: '-' | '+'): number => part.filter(({ mark }) => mark !== other).length;
  const earlier = lines.slice(0, from);
  const shown = lines.slice(from, to);
  const range = (other: '-' | '+'): string => {
    const length = count(shown, other);
    return `${count(earlier, other) + (length > 0 ? 1 : 0)},${length}`;
  };
  return [`@@ -${range('+')} +${range('-')} @@`, ...shown.map(({ mark, text }) => mark + text)].join('\n');
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function compare(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - start;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return [
    ...marked(' ', before.slice(0, start)),
    ...compareMiddle(before.slice(start, before.length - tail), after.slice(start, after.length - tail)),
    ...marked(' ', before.slice(before.length - tail)),
  ];
}

function compareMiddle(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length * after.length > MAX_CELLS) return [...marked('-', before), ...marked('+', after)];
  const width = after.length + 1;
  /** Of the longest common part of what follows. */
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        before[i] === after[j]
          ? at(lengths, (i + 1) * width + j + 1) + 1
          : Math.max(at(lengths, (i + 1) * width + j), at(lengths, i * width + j + 1));
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      lines.push({ mark: ' ', text: before[i] ?? '' });
      i++;
      j++;
    } else if (at(lengths, (i + 1) * width + j) >= at(lengths, i * width + j + 1)) {
      lines.push({ mark: '-', text: before[i++] ?? '' });
    } else {
      lines.push({ mark: '+', text: after[j++] ?? '' });
    }
  }
  return [...lines, ...marked('-', before.slice(i)), ...marked('+', after.slice(j))];
}

function at(lengths: Uint32Array, index: number): number {
  return lengths[index] ?? 0;
}

function marked(mark: Line['mark'], texts: readonly string[]): Line[] {
  return texts.map((text) => ({ mark, text }));
}
