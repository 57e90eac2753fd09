/** What one user's floods do to another's echo, beside a calm server: npm run floods [NAME …] */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from '../../test/support/api';
import { TestServer } from '../../test/support/server';
import { hasTemplateCluster, startTemplateCluster } from '../../test/support/template-cluster';
import { WireClient } from '../../test/support/wire-client';
import { percentile } from '../bench/statistics';
import { FLOODS, type FloodName, type FloodTarget, isFlood } from './flood';

const FLOODER = path.join(__dirname, 'flooder-main.js');
const KEYS = 200;
/** As fast as people type together. */
const PAUSE_MS = 5;
/** Until a flood is at its height. */
const LEAD_MS = 1_500;
const KEY = 'Q';

interface Row {
  readonly name: string;
  readonly times: readonly number[];
  readonly limited: string;
}

/** In milliseconds, through a program that answers every key. */
async function echoTimes(neighbour: WireClient): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < KEYS; count++) {
    const before = neighbour.outputBytes(1);
    const typedAt = performance.now();
    neighbour.type(1, KEY);
    await neighbour.until(() => neighbour.outputBytes(1) > before, 'an echo', 60_000);
    times.push(performance.now() - typedAt);
    await sleep(PAUSE_MS);
  }
  return times;
}

async function underFlood(name: FloodName, target: FloodTarget, neighbour: WireClient): Promise<number[]> {
  const flooder: ChildProcess = fork(FLOODER, [name, JSON.stringify(target)]);
  try {
    await sleep(LEAD_MS);
    return await echoTimes(neighbour);
  } finally {
    flooder.kill('SIGKILL');
  }
}

/** Limits that were hit since the last look, as /metrics counts them. */
class Hits {
  private readonly known = new Map<string, number>();

  constructor(private readonly server: TestServer) {}

  async since(): Promise<string> {
    const text = await (await fetch(`${this.server.baseUrl}/metrics`)).text();
    const changed: string[] = [];
    for (const [, kind = '', count] of text.matchAll(/^holdfast_limit_hits_total\{kind="([^"]+)"\} (\d+)$/gm)) {
      const more = Number(count) - (this.known.get(kind) ?? 0);
      this.known.set(kind, Number(count));
      if (more > 0) changed.push(`${kind} ${more}`);
    }
    return changed.join(', ');
  }
}

async function userOf(server: TestServer, admin: Api, name: string): Promise<Api> {
  const credentials = { email: `${name}@holdfast.local`, password: `a long password of ${name}` };
  await admin.request('POST', '/api/admin/users', credentials);
  return Api.login(server, credentials);
}

/** What runs on without its viewers would be part of the next flood. */
async function endSessions(user: Api): Promise<void> {
  const { body } = await user.request<{ items: { id: string }[] }>('GET', '/api/sessions?status=running');
  for (const { id } of body.items) await user.request('DELETE', `/api/sessions/${id}`);
}

async function measure(server: TestServer, names: readonly FloodName[]): Promise<Row[]> {
  const admin = await Api.login(server);
  const [flooder, neighbour] = [await userOf(server, admin, 'flooder'), await userOf(server, admin, 'neighbour')];
  const { http, terminal } = server.endpoints;
  const target: FloodTarget = { baseUrl: server.baseUrl, http, terminal, token: flooder.token };
  const client = await WireClient.connect(server.terminalUrl, neighbour.token);
  await client.open({ channel: 1, projectId: 'of-the-neighbour' });
  client.type(1, 'stty raw -echo; echo rea""dy; exec cat\n');
  await client.outputContains(1, 'ready');
  const hits = new Hits(server);
  await echoTimes(client);
  await hits.since();
  const rows: Row[] = [{ name: 'calm', times: await echoTimes(client), limited: await hits.since() }];
  for (const name of names) {
    const times = await underFlood(name, target, client);
    rows.push({ name, times, limited: await hits.since() });
    await endSessions(flooder);
    // What it left behind goes with its sockets.
    await sleep(LEAD_MS);
  }
  client.terminate();
  return rows;
}

function render(rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const ms = (value: number): string => value.toFixed(1);
  const body = rows.map(({ name, times, limited }) => {
    const what = isFlood(name) ? FLOODS[name] : 'nobody else';
    return line([name, what, ...[0.5, 0.99, 1].map((share) => ms(percentile(times, share))), limited]);
  });
  const head = ['flood', 'of one user', 'echo of another, p50 ms', 'p99 ms', 'longest ms', 'limits it met'];
  return [line(head), line(head.map(() => '---')), ...body].join('\n');
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !isFlood(name));
  if (unknown !== undefined)
    throw new Error(`There is no flood ${unknown}; there are ${Object.keys(FLOODS).join(', ')}.`);
  const names = (wanted.length > 0 ? wanted : Object.keys(FLOODS)) as FloodName[];
  const cluster = hasTemplateCluster() ? undefined : await startTemplateCluster();
  const server = await TestServer.start();
  try {
    console.log(render(await measure(server, names)));
  } finally {
    await server.stop();
    await cluster?.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
