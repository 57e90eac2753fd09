/** So many requests in one group. */
const MAX_GROUP = 200;

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Requests with the same key, one group after another: those that arrive while a group is under way are the next one. For work
 * that has to take turns and costs as much for many as for one, such as a commit.
 */
export class Grouped<Request, Answer> {
  /** By key, while there is a group under way. Bounded by the requests that callers have open. */
  private readonly waiting = new Map<string, Waiting<Request, Answer>[]>();

  /** `work` answers in the order of the requests. */
  constructor(private readonly work: (key: string, requests: readonly Request[]) => Promise<readonly Answer[]>) {}

  run(key: string, request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const queue = this.waiting.get(key);
      const waiting = { request, resolve, reject };
      if (queue) return void queue.push(waiting);
      this.waiting.set(key, [waiting]);
      void this.workOff(key);
    });
  }

  private async workOff(key: string): Promise<void> {
    for (;;) {
      const group = this.waiting.get(key)?.splice(0, MAX_GROUP) ?? [];
      if (group.length === 0) return void this.waiting.delete(key);
      try {
        const answers = await this.work(
          key,
          group.map(({ request }) => request),
        );
        for (const [at, { resolve }] of group.entries()) resolve(answers[at] as Answer);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
  }
}
