/** A client process: does what the harness asks for over the IPC channel, and ends with it. */

export interface Request {
  readonly id: number;
  readonly op: string;
  readonly body: unknown;
}

export interface Answer {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

export function serve(answer: (op: string, body: unknown) => Promise<unknown>): void {
  process.on('message', ({ id, op, body }: Request) => {
    const reply = (message: Answer): void => void process.send?.(message);
    answer(op, body).then(
      (result) => reply({ id, answer: result }),
      (error: Error) => reply({ id, error: error.message }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  // The harness decides when everything ends; a Ctrl-C reaches the whole process group.
  process.on('SIGINT', () => undefined);
}
