import type { Report } from './report';
import { until, type Target } from './target';

/** Generous: they tell a broken server from a slow one, not a fast one from a slow one. That is what `npm run bench` is for. */
const MAX_CONNECT_MS = 2_000;
const MAX_ECHO_P50_MS = 100;
const MAX_ECHO_P99_MS = 1_000;
const MAX_RECONNECT_MS = 3_000;
const ECHOES_PER_RUN = 20;

/** How long things take, against bounds that only a broken server misses. */
export async function performanceOf(target: Target, report: Report, runs: number): Promise<void> {
  const connects: number[] = [];
  for (let run = 0; run < runs; run++) {
    const connection = target.connect();
    const startedAt = performance.now();
    await connection.client.connect();
    connects.push(performance.now() - startedAt);
    await connection.client.close();
  }
  const connection = target.connect();
  const screen = connection.open();
  const { sessionId } = await screen.terminal.ready;
  const echoes: number[] = [];
  const reconnects: number[] = [];
  try {
    screen.terminal.write('stty raw -echo; echo rea""dy; exec cat\r');
    await screen.until(/ready/);
    for (let echo = 0; echo < runs * ECHOES_PER_RUN; echo++) {
      const from = screen.seen.length;
      const startedAt = performance.now();
      screen.terminal.write('x');
      await new Promise<void>((resolve) => {
        const subscription = screen.terminal.onData((_bytes, ack) => {
          ack();
          subscription.dispose();
          resolve();
        });
      });
      echoes.push(performance.now() - startedAt);
      await until(() => screen.seen.length > from, 'the key came back');
    }
    for (let run = 0; run < runs; run++) reconnects.push(await reconnection(target, sessionId));
  } finally {
    await connection.client.close();
    await target.remove(sessionId);
  }
  bound(report, 'connect, p50', at(connects, 0.5), MAX_CONNECT_MS);
  bound(report, 'echo, p50', at(echoes, 0.5), MAX_ECHO_P50_MS);
  bound(report, 'echo, p99', at(echoes, 0.99), MAX_ECHO_P99_MS);
  bound(report, 'open again after a cut, p50', at(reconnects, 0.5), MAX_RECONNECT_MS);
}

/** By a client of its own: one that was cut a moment ago may not try at once. */
async function reconnection(target: Target, sessionId: string): Promise<number> {
  const connection = target.connect();
  const screen = connection.open({ sessionId });
  try {
    await screen.terminal.ready;
    const startedAt = performance.now();
    await connection.cut(screen);
    return performance.now() - startedAt;
  } finally {
    await connection.client.close();
  }
}

function bound(report: Report, name: string, ms: number, max: number): void {
  report.add(name, `≤ ${max} ms`, `${ms.toFixed(1)} ms`, ms <= max);
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
