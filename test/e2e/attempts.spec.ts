import net, { type AddressInfo } from 'node:net';
import { createClient, fromWs, systemTimers } from '@holdfast/client';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually';

/** Ten minutes of the client pass in ten seconds. */
const FASTER = 60;
const MINUTES = 10;
const MINUTE = 60_000;
/** A busy machine makes fewer attempts, never more. */
const MAX_FIRST_MINUTE = 10;
const MAX_LATER_MINUTE = 2;

it('a client is no loop for a server that refuses every connection with 503, whatever its user does', async () => {
  const now = (): number => performance.now() * FASTER;
  const startedAt = now();
  const attempts: number[] = [];
  const server = net.createServer((socket) => {
    attempts.push(now() - startedAt);
    socket.on('error', () => undefined).resume();
    socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = createClient({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    credentials: { token: () => Promise.resolve('token') },
    createWebSocket: fromWs(WebSocket),
    timers: { ...systemTimers, now, setTimeout: (run, ms) => systemTimers.setTimeout(run, ms / FASTER) },
  });
  const states: string[] = [];
  client.on('state', ({ name }) => states.push(name));
  const terminal = client.open({ projectId: 'default', cols: 80, rows: 24 });
  terminal.ready.catch(() => undefined);
  try {
    await eventually(() => {
      terminal.write('x');
      client.retryNow();
      if (now() - startedAt < MINUTES * MINUTE) throw new Error('too early to tell');
    });
  } finally {
    await client.close();
    await new Promise((resolve) => server.close(resolve));
  }
  expect(states).toContain('broken');
  expect(states).not.toContain('online');
  expect(attempts.filter((at) => at < MINUTE).length).toBeLessThanOrEqual(MAX_FIRST_MINUTE);
  // It does not give up, and it does not hurry.
  expect(attempts.length).toBeGreaterThan(MINUTES);
  expect(attempts.length).toBeLessThanOrEqual(MAX_FIRST_MINUTE + (MINUTES - 1) * MAX_LATER_MINUTE);
});
