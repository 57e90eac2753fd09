/** The client process of one terminal under load. */
import { LoadClient } from './load-client';
import type { ClientOperation, ClientRequests, ClientStart } from './messages';
import { serve } from './serve';

let client: LoadClient | undefined;

serve(async (op, body) => {
  if (op === 'start') {
    client = new LoadClient(body as ClientStart);
    return { sessionId: await client.begin() };
  }
  if (!client) throw new Error('not started');
  switch (op as Exclude<ClientOperation, 'start'>) {
    case 'status':
      return client.status();
    case 'pauses':
      return client.pauses((body as ClientRequests['pauses']['body']).from);
    case 'quiet':
      return client.quiet();
    case 'report':
      return client.report();
  }
});
