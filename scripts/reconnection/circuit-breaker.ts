import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient, fromWs } from '@holdfast/client';
import { WebSocket } from 'ws';
import type { Report } from './report';
import { pause, type Target } from './target';

/** Ten minutes of a client pass in ten seconds. */
const FASTER = 60;
const MINUTES = 10;
/** The most that the ladder and its breaker allow: eight attempts before it opens, and one in 30 s from then on. */
const MAX_FIRST_MINUTE = 10;
const MAX_LATER_MINUTE = 2;
/** Timers of a busy machine, a minute being one second. */
const SLACK = 1;

/** A failing client is no loop; the server says in which state its breakers are. */
export async function circuitBreaker(target: Target, report: Report): Promise<void> {
  const attempts = await countAttempts();
  const perMinute = Array.from({ length: MINUTES }, (_, minute) => attempts.filter((at) => at === minute).length);
  const [first = 0, ...later] = perMinute;
  report.add(
    'attempts in the first minute',
    `1 to ${MAX_FIRST_MINUTE}`,
    first,
    first >= 1 && first <= MAX_FIRST_MINUTE,
  );
  const most = Math.max(...later);
  report.add(
    'attempts in each later minute',
    `≤ ${MAX_LATER_MINUTE + SLACK}`,
    later.join(' '),
    most <= MAX_LATER_MINUTE + SLACK,
  );
  const mean = later.reduce((sum, count) => sum + count, 0) / later.length;
  report.add('attempts a minute, on average', `≤ ${MAX_LATER_MINUTE}`, mean.toFixed(2), mean <= MAX_LATER_MINUTE);
  const { items } = await target.json<{ items: { name: string; state: string }[] }>('/stats/circuit-breaker');
  const open = items.filter(({ state }) => state === 'open').map(({ name }) => name);
  report.add(
    `breakers of the server (${items.length})`,
    'none open',
    open.join(', ') || 'none open',
    open.length === 0,
  );
}

/** In which minute of the client's time each attempt came, at an endpoint that always refuses. */
async function countAttempts(): Promise<number[]> {
  const now = (): number => performance.now() * FASTER;
  const startedAt = now();
  const attempts: number[] = [];
  const server = http.createServer();
  server.on('upgrade', (_request, socket) => {
    attempts.push(Math.floor((now() - startedAt) / 60_000));
    socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = createClient({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    credentials: { token: () => Promise.resolve('token') },
    createWebSocket: fromWs(WebSocket),
    timers: {
      now,
      random: () => Math.random(),
      setTimeout: (run, ms) => setTimeout(run, ms / FASTER),
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
    },
  });
  client.connect().catch(() => undefined);
  await pause((MINUTES * 60_000) / FASTER);
  await client.close();
  server.close();
  return attempts.filter((minute) => minute < MINUTES);
}
