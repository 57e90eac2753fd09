export type DiffLineKind = 'add' | 'remove' | 'place' | 'same';

export interface DiffLine {
  readonly kind: DiffLineKind;
  readonly text: string;
}

/** Tools whose text is the change of a file. */
const EDITORS: readonly string[] = ['Edit', 'MultiEdit', 'Write', 'NotebookEdit'];
const HEADER = /^(?:diff --git |--- |\+\+\+ |index [0-9a-f]+\.\.)/;
const DIFF_START = /^(?:diff --git |--- .*\n\+\+\+ |@@ )/;

/** Whether to colour by the first character: only for what is a diff, because commands have such lines, too. */
export function isDiff(tool: string, text: string): boolean {
  return DIFF_START.test(text) || (EDITORS.includes(tool) && /^[+-]/m.test(text));
}

export function diffLines(text: string): DiffLine[] {
  let inHunk = false;
  return text.split('\n').map((line) => {
    if (line.startsWith('@@')) inHunk = true;
    else if (line.startsWith('diff --git ')) inHunk = false;
    return { kind: kindOf(line, inHunk), text: line };
  });
}

/** Inside of a hunk `--- x` is a removed line, not the name of a file. */
function kindOf(line: string, inHunk: boolean): DiffLineKind {
  if (line.startsWith('@@') || (!inHunk && HEADER.test(line))) return 'place';
  if (line.startsWith('+')) return 'add';
  return line.startsWith('-') ? 'remove' : 'same';
}
