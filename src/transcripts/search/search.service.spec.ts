import type { Principal } from '../../auth/principal';
import { SearchService } from './search.service';
import type { SearchQuery } from './search.schemas';
import type { ChunkQuery, ChunkSearch, FoundChunk, Neighbours, TextSearch } from './text-search';

const ALICE = { userId: 'alice', role: 'member' } as Principal;
const ADMIN = { userId: 'root', role: 'admin' } as Principal;

const chunk = (id: string, body: string): FoundChunk => ({
  id,
  sessionId: 's',
  projectId: 'p',
  name: null,
  title: 'bash',
  epoch: 'e',
  fromOffset: 1000,
  saidAt: 5,
  body,
  lineOffsets: body.split('\n').map((_, index) => index * 10),
});

/** An index that holds these chunks and remembers what it was asked. */
class FakeIndex {
  readonly asked: ChunkQuery[] = [];
  failure: Error | undefined;
  private ready: Promise<void> = Promise.resolve();

  constructor(private readonly held: readonly FoundChunk[]) {}

  hold(): () => void {
    let release!: () => void;
    this.ready = new Promise((resolve) => (release = resolve));
    return release;
  }

  async run<T>(queries: (search: ChunkSearch) => Promise<T>): Promise<T> {
    await this.ready;
    if (this.failure) throw this.failure;
    return queries({
      chunks: (query: ChunkQuery) => {
        this.asked.push(query);
        return Promise.resolve(this.held.slice(0, query.limit));
      },
      neighbours: () => Promise.resolve(new Map<string, Neighbours>([['1', { before: 'x\ny\nz', after: '' }]])),
    } as unknown as ChunkSearch);
  }
}

function service(index: FakeIndex, searchIndex = true): SearchService {
  return new SearchService({ searchIndex }, index as unknown as TextSearch);
}

function query(q: string, more: Partial<SearchQuery> = {}): SearchQuery {
  return { q, limit: 20, ...more };
}

describe('SearchService', () => {
  it('shows the line, where it is, and the lines around it, also those of the chunk before', async () => {
    const index = new FakeIndex([chunk('1', 'one\nThe TWO İ\nthree\nfour')]);
    const { items, nextCursor } = await service(index).search(ALICE, query('two İ'));
    expect(items).toEqual([
      expect.objectContaining({
        line: 'The TWO İ',
        offset: 1010,
        before: ['z', 'one'],
        after: ['three', 'four'],
        matchStart: 4,
        matchEnd: 9,
      }),
    ]);
    expect(nextCursor).toBeNull();
  });

  it('asks for what the user may see, who may be an administrator', async () => {
    const index = new FakeIndex([]);
    await service(index).search(ALICE, query('Ärger', { projectId: 'p' }));
    await service(index).search(ADMIN, query('x\u0308y'));
    expect(index.asked).toMatchObject([
      { text: 'ärger', userId: 'alice', projectId: 'p' },
      { text: '\u1e8dy', userId: 'root' },
    ]);
  });

  it('goes on in the middle of a chunk', async () => {
    const index = new FakeIndex([chunk('1', 'a1\na2\na3')]);
    const lines: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await service(index).search(ALICE, query('a', { limit: 2, cursor }));
      lines.push(...page.items.map(({ line }) => line));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(lines).toEqual(['a3', 'a2', 'a1']);
  });

  it('says that a search took too long, and passes on every other failure', async () => {
    const index = new FakeIndex([]);
    index.failure = Object.assign(new Error('canceling statement'), { code: '57014' });
    await expect(service(index).search(ALICE, query('aa'))).rejects.toMatchObject({ code: 'search_timeout' });
    index.failure = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    await expect(service(index).search(ALICE, query('aa'))).rejects.toBe(index.failure);
  });

  it('lets a bounded number of searches run and wait', async () => {
    const index = new FakeIndex([]);
    const release = index.hold();
    const searches = service(index);
    const all = Promise.allSettled(Array.from({ length: 40 }, () => searches.search(ALICE, query('aa'))));
    release();
    const refused = (await all).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(7);
    expect(refused[0]).toMatchObject({ reason: { code: 'rate_limited', retryable: true } });
    await expect(searches.search(ALICE, query('aa'))).resolves.toBeDefined();
  });

  it('says so when searching is turned off, and when nothing is left of the text', async () => {
    await expect(service(new FakeIndex([]), false).search(ALICE, query('aa'))).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(service(new FakeIndex([])).search(ALICE, query('\u200d\u200d'))).rejects.toMatchObject({
      code: 'bad_request',
    });
  });
});
