/** The client process: does what the harness asks for over the IPC channel, and ends with it. */
import { LoadClient } from './load-client';
import type { ClientAnswer, ClientRequest, ClientRequests, ClientStart } from './messages';

let client: LoadClient | undefined;

async function answer({ op, body }: ClientRequest): Promise<unknown> {
  if (op === 'start') {
    client = new LoadClient(body as ClientStart);
    return { sessionId: await client.begin() };
  }
  if (!client) throw new Error('not started');
  switch (op) {
    case 'status':
      return client.status();
    case 'pauses':
      return client.pauses((body as ClientRequests['pauses']['body']).from);
    case 'quiet':
      return client.quiet();
    case 'report':
      return client.report();
  }
}

process.on('message', (request: ClientRequest) => {
  const reply = (message: ClientAnswer): void => void process.send?.(message);
  answer(request).then(
    (result) => reply({ id: request.id, answer: result }),
    (error: Error) => reply({ id: request.id, error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));
// The harness decides when everything ends; a Ctrl-C reaches the whole process group.
process.on('SIGINT', () => undefined);
