import type { ByteRange } from '@holdfast/protocol';

/** What is said when a program was faster than this page. */
export function lostSentence({ from, to }: ByteRange): string {
  return `${kilobytes(to - from)} of output went by too fast to show here. The transcript has it all.`;
}

function kilobytes(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024).toLocaleString('en')} KB`;
}
