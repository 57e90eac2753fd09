import { foldCase } from '../plain-text/characters';
import type { SearchHit } from './search.schemas';
import type { FoundChunk, Neighbours, SearchPlace } from './text-search';

/** Lines shown on either side of a match. */
const CONTEXT_LINES = 2;

/** A line of a chunk that contains what is searched for. */
export interface LineMatch {
  readonly chunk: FoundChunk;
  readonly lines: readonly string[];
  readonly index: number;
  readonly matchStart: number;
}

/** Every matching line of the chunks, the last one first; those at `after` and before it were told already. */
export function matchingLines(
  chunks: readonly FoundChunk[],
  text: string,
  after: SearchPlace | undefined,
): LineMatch[] {
  return chunks.flatMap((chunk) => {
    const lines = chunk.body.split('\n');
    const end = chunk.id === after?.chunk ? after.line : lines.length;
    const matches: LineMatch[] = [];
    for (let index = end - 1; index >= 0; index--) {
      const matchStart = foldCase(lines[index] as string).indexOf(text);
      if (matchStart >= 0) matches.push({ chunk, lines, index, matchStart });
    }
    return matches;
  });
}

/** Its context is partly in another chunk. */
export function needsNeighbours({ index, lines }: LineMatch): boolean {
  return index < CONTEXT_LINES || index >= lines.length - CONTEXT_LINES;
}

export function placeOf({ chunk, index }: LineMatch): SearchPlace {
  return { saidAt: chunk.saidAt, chunk: chunk.id, line: index };
}

export function hitOf(match: LineMatch, text: string, around: Neighbours | undefined): SearchHit {
  const { chunk, lines, index, matchStart } = match;
  const earlier = [...linesOf(around?.before), ...lines.slice(0, index)];
  const later = [...lines.slice(index + 1), ...linesOf(around?.after)];
  return {
    sessionId: chunk.sessionId,
    projectId: chunk.projectId,
    sessionName: chunk.name,
    title: chunk.title,
    epoch: chunk.epoch,
    offset: chunk.fromOffset + (chunk.lineOffsets[index] ?? 0),
    line: lines[index] as string,
    before: earlier.slice(-CONTEXT_LINES),
    after: later.slice(0, CONTEXT_LINES),
    matchStart,
    matchEnd: matchStart + text.length,
    at: new Date(chunk.saidAt).toISOString(),
  };
}

function linesOf(body: string | undefined): string[] {
  return body ? body.split('\n') : [];
}
