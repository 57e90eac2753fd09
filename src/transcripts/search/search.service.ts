import { Inject, Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { z } from 'zod';
import { CONFIG, type Config } from '../../../config/environment';
import type { Principal } from '../../auth/principal';
import { isStatementTimeout } from '../../infrastructure/database/database-errors';
import { decodeCursor, encodeCursor, type Page } from '../../infrastructure/http/page';
import { DomainError } from '../../kernel/domain-error';
import { Semaphore } from '../../kernel/semaphore';
import { foldCase, reduceCharacters } from '../plain-text/characters';
import type { SearchHit, SearchQuery } from './search.schemas';
import { hitOf, matchingLines, needsNeighbours, placeOf } from './search-hits';
import { TextSearch, type SearchPlace } from './text-search';

/** Searches take connections from everybody else. */
const MAX_SEARCHES = 3;
const MAX_WAITING = 30;
const RETRY_AFTER_MS = 2_000;
/** The chunk of the cursor may have no match left, and one more than wanted tells whether there are others. */
const SPARE_CHUNKS = 2;
const BIGINT_DIGITS = /^\d{1,18}$/;

const placeSchema = z.tuple([
  z.string().regex(BIGINT_DIGITS),
  z.string().regex(BIGINT_DIGITS),
  z.string().regex(/^\d{1,6}$/),
]);

/** Finds what the caller's terminals said. */
@Injectable()
export class SearchService {
  private readonly slots = new Semaphore(MAX_SEARCHES, MAX_WAITING);

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'searchIndex'>,
    private readonly index: TextSearch,
  ) {}

  /** Errors: `not_found` when searching is turned off, `bad_request`, `rate_limited`, `search_timeout`. */
  async search(caller: Principal, query: SearchQuery): Promise<Page<SearchHit>> {
    if (!this.config.searchIndex) {
      throw new DomainError(ErrorCode.notFound, 'Output is not indexed on this server (SEARCH_INDEX=false).');
    }
    const slot = this.slots.acquire();
    if (!slot) {
      throw new DomainError(ErrorCode.rateLimited, 'Too many searches at once; try again in a moment.', {
        retryable: true,
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    const release = await slot;
    try {
      return await this.find(caller, query);
    } catch (error) {
      if (!isStatementTimeout(error)) throw error;
      throw new DomainError(
        ErrorCode.searchTimeout,
        'The search took too long. Search for more characters, or in one project or session.',
      );
    } finally {
      release();
    }
  }

  private find(caller: Principal, { q, projectId, sessionId, limit, cursor }: SearchQuery): Promise<Page<SearchHit>> {
    const text = foldCase(reduceCharacters(q));
    if (text.length === 0) throw new DomainError(ErrorCode.badRequest, 'There is nothing to search for in q.');
    const from = cursor === undefined ? undefined : decodePlace(cursor);
    // Of administrators, too: whoever reads what others said does it openly, by watching.
    const { userId } = caller;
    return this.index.run(async (search) => {
      const chunks = await search.chunks({ text, userId, projectId, sessionId, from, limit: limit + SPARE_CHUNKS });
      const matches = matchingLines(chunks, text, from);
      const shown = matches.slice(0, limit);
      const atEdges = new Set(shown.filter(needsNeighbours).map(({ chunk }) => chunk.id));
      const neighbours = await search.neighbours([...atEdges]);
      const last = shown.at(-1);
      return {
        items: shown.map((match) => hitOf(match, text, neighbours.get(match.chunk.id))),
        nextCursor: matches.length > limit && last ? encodePlace(placeOf(last)) : null,
      };
    });
  }
}

function encodePlace({ saidAt, chunk, line }: SearchPlace): string {
  return encodeCursor(`${saidAt}:${chunk}:${line}`);
}

function decodePlace(cursor: string): SearchPlace {
  const place = placeSchema.safeParse(decodeCursor(cursor).split(':'));
  if (!place.success) throw new DomainError(ErrorCode.badRequest, 'The cursor is not one this server gave.');
  const [saidAt, chunk, line] = place.data;
  return { saidAt: Number(saidAt), chunk, line: Number(line) };
}
