import fs from 'node:fs';
import path from 'node:path';
import { processEnvironment } from '../../../config/process-environment';
import { Api } from '../../../test/support/api';
import { eventually } from '../../../test/support/eventually';
import type { TestServer } from '../../../test/support/server';
import { ClientProcess } from '../client-process';
import type { HerdMember, HerdStart, HerdStatus } from '../client/herd';
import { monotonicMs } from '../client/messages';
import { loadCommand, readPrinted } from '../load';
import { sum, type Measured } from '../result';
import { startServer } from '../rig';
import { PATIENCE_MS, STABLE_MS, type Row, type RowContext } from '../row';

const CLIENTS = { short: 50, full: 500 };
const TERMINALS = 20;

interface HerdRequests {
  start: { body: HerdStart; answer: undefined };
  status: { body: undefined; answer: HerdStatus };
  report: { body: undefined; answer: HerdMember[] };
}

type HerdProcess = ClientProcess<HerdRequests>;

async function killUnderHerd(context: RowContext): Promise<Measured> {
  const clients = context.short ? CLIENTS.short : CLIENTS.full;
  const server = await context.hold(startServer({}, { supervised: true }));
  const directory = fs.mkdtempSync('/tmp/hf-herd-');
  await context.hold(Promise.resolve({ stop: () => fs.rmSync(directory, { recursive: true }) }));
  const herd = await context.hold(gather(server, directory, clients));
  const parts: Partial<Measured>[] = [];
  for (let run = 1; run <= context.runs; run++) {
    await server.gateways.settled();
    if (!context.short) await new Promise((resolve) => setTimeout(resolve, STABLE_MS));
    parts.push(await killOnce(server, herd, clients));
    context.say(`${run}/${context.runs}`);
  }
  return sum([...parts, await compare(herd, directory, clients)]);
}

async function gather(server: TestServer, directory: string, clients: number): Promise<HerdProcess> {
  const herd: HerdProcess = new ClientProcess('client/herd-main.js', processEnvironment());
  try {
    const { token } = await Api.login(server);
    const commands = Array.from({ length: TERMINALS }, (_, index) => {
      fs.mkdirSync(placeOf(directory, index));
      return loadCommand(placeOf(directory, index), 'slow');
    });
    await herd.ask('start', { webSocketUrl: server.terminalUrl, token, clients, commands });
    await allOnline(herd, clients);
    return herd;
  } catch (error) {
    await herd.stop();
    throw error;
  }
}

function allOnline(herd: HerdProcess, clients: number): Promise<void> {
  return eventually(async () => {
    const { online } = await herd.ask('status', undefined);
    if (online < clients) throw new Error(`${online} of ${clients} clients are online`);
  }, PATIENCE_MS);
}

/** The pause of each client: until its terminal was open again. */
async function killOnce(server: TestServer, herd: HerdProcess, clients: number): Promise<Partial<Measured>> {
  const from = monotonicMs();
  server.gateways.kill();
  const pausesMs = await eventually(async () => {
    const members = await herd.ask('report', undefined);
    const away = members.filter(({ openedAt }) => openedAt <= from).length;
    if (away > 0) throw new Error(`${away} of ${clients} clients are not back`);
    return members.map(({ openedAt }) => openedAt - from);
  }, PATIENCE_MS);
  return { runs: 1, pausesMs };
}

async function compare(herd: HerdProcess, directory: string, clients: number): Promise<Measured> {
  for (let index = 0; index < TERMINALS; index++) fs.writeFileSync(path.join(placeOf(directory, index), 'stop'), '');
  await eventually(async () => {
    const { ended } = await herd.ask('status', undefined);
    if (ended < clients) throw new Error(`${ended} of ${clients} clients have seen the end`);
  }, PATIENCE_MS);
  const { refused } = await herd.ask('status', undefined);
  const members = await herd.ask('report', undefined);
  const parts = members.map((member): Partial<Measured> => {
    const printed = readPrinted(placeOf(directory, member.terminal));
    return {
      outputBytes: member.bytes,
      outputExact: printed?.sha256 === member.sha256,
      lostBytes: Math.max(0, (printed?.bytes ?? 0) - (member.bytes - member.doubledBytes)),
      doubledBytes: member.doubledBytes,
      reconnects: member.connections - 1,
      problems: member.problem ? [member.problem] : [],
    };
  });
  return sum([...parts, { refused }]);
}

function placeOf(directory: string, index: number): string {
  return path.join(directory, String(index));
}

export const herd500: Row = {
  name: 'herd-500',
  title: '500 clients at once after a gateway SIGKILL',
  runs: { short: 1, full: 2 },
  target: { max: 2_000 },
  note: 'the pause is that of each client, until its terminal is open again; one process for all of them; 20 terminals',
  run: killUnderHerd,
};
