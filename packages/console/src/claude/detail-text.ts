import type { ClaudePermission } from '@holdfast/protocol';
import { h } from '../dom';
import { diffLines, isDiff } from './diff-lines';
import { visibleParts } from './visible-text';

/** The whole of what is asked for, as text that cannot hide anything: nothing of it becomes markup. */
export function detailText({ tool, detail, path }: ClaudePermission): HTMLElement {
  const block = h('pre', {
    class: 'card-detail',
    tabindex: 0,
    'aria-label': 'What it wants to do',
    testid: 'permission-detail',
  });
  if (isDiff(tool, detail)) {
    block.classList.add('diff');
    for (const { kind, text } of diffLines(withoutHead(detail, path))) {
      const line = h('span', { class: `diff-line diff-${kind}` });
      fill(line, text);
      line.append('\n');
      block.append(line);
    }
  } else fill(block, detail);
  return block;
}

/** The card names the file already. */
function withoutHead(diff: string, path: string | undefined): string {
  const head = `--- ${path}\n+++ ${path}\n`;
  return diff.startsWith(head) ? diff.slice(head.length) : diff;
}

function fill(element: HTMLElement, text: string): void {
  for (const { text: part, hidden } of visibleParts(text)) {
    element.append(hidden ? h('span', { class: 'hidden-char', title: 'A character that cannot be seen' }, part) : part);
  }
}
