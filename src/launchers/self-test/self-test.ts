import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { defaultProfile } from '../../launch-profiles/launch-profile';
import type { PtyHostClient } from '../../pty-client/pty-host-client';
import type { HostSession, Launch } from '../../pty-host/wire/host-messages';
import type { Launcher } from '../launcher';
import type { SelfTestResult, ShellRequest } from '../launchers';
import { brokenPromises, NAMESPACES, type Namespaces } from './expectations';
import { probe, readProbe } from './probe';

/** A probe takes 30 ms; a machine that takes this long cannot serve shells either. */
const PATIENCE_MS = 10_000;
const POLL_MS = 5;
const MAX_OUTPUT_BYTES = 16 * 1024;
/** The host gives each session at least this much. */
const TRANSCRIPT_BYTES = 1024 * 1024;
/** Of what a failing program says, as much as a log line bears. */
const MAX_SAID = 300;
const SERVER = { id: 'self-test', email: 'self-test@holdfast.local' };
const PASSABLE_MODE = 0o711;

export interface SelfTestOptions {
  readonly host: Pick<PtyHostClient, 'request'>;
  /** Canonical. */
  readonly dataDir: string;
  readonly network: 'none' | 'host';
  readonly newId: () => string;
  /** Makes the places of a request fit for the launcher, as for every launch. */
  readonly takePlaces: (request: ShellRequest) => void;
}

/** Runs the probe as a terminal: the same launch, the same host, the same kernel. Throws when the host is away. */
export async function selfTest(launcher: Launcher, options: SelfTestOptions): Promise<SelfTestResult> {
  const network = launcher.isSandbox ? options.network : 'host';
  const request = requestFor(options, network);
  const said = await sayOf(launcher, request, options);
  const findings = readProbe(said);
  const problems = findings
    ? brokenPromises(findings, { launcher: launcher.name, network, namespaces: await ownNamespaces() })
    : [`it did not start: ${said.trim().replace(/\s+/g, ' ').slice(0, MAX_SAID) || 'no output'}`];
  return { launcher: launcher.name, passed: problems.length === 0, problems };
}

function requestFor({ dataDir, newId }: SelfTestOptions, network: 'none' | 'host'): ShellRequest {
  const directory = path.join(dataDir, 'launcher', 'self-test');
  const places = { workspace: path.join(directory, 'workspace'), home: path.join(directory, 'home') };
  for (const passage of [path.dirname(directory), directory]) {
    fs.mkdirSync(passage, { recursive: true });
    fs.chmodSync(passage, PASSABLE_MODE);
  }
  for (const place of Object.values(places)) fs.mkdirSync(place, { recursive: true, mode: 0o700 });
  const profile = { ...defaultProfile({ program: '', network }), ...probe(path.join(dataDir, 'host')) };
  return { session: { id: `self-test-${newId()}`, projectId: 'self-test' }, user: SERVER, profile, ...places };
}

async function sayOf(launcher: Launcher, request: ShellRequest, options: SelfTestOptions): Promise<string> {
  let launch: Launch;
  try {
    options.takePlaces(request);
    launch = launcher.launch(request);
  } catch (error) {
    return (error as Error).message;
  }
  const { host } = options;
  const sessionId = request.session.id;
  try {
    await host.request('create', { sessionId, launch, cols: 500, rows: 24, transcriptBytes: TRANSCRIPT_BYTES });
    const session = await endOf(sessionId, host);
    const bytes = await host.request('read', { sessionId, from: session.start, max: MAX_OUTPUT_BYTES });
    return Buffer.from(bytes).toString('utf8');
  } finally {
    await host.request('remove', { sessionId }).catch(() => undefined);
  }
}

async function endOf(sessionId: string, host: Pick<PtyHostClient, 'request'>): Promise<HostSession> {
  for (const deadline = performance.now() + PATIENCE_MS; ;) {
    const { session } = await host.request('info', { sessionId });
    if (session.exit) return session;
    if (performance.now() > deadline) {
      await host.request('terminate', { sessionId, signal: 'KILL' });
      return session;
    }
    await sleep(POLL_MS);
  }
}

/** As a child has them: a process that changed its user may not look at its own. */
async function ownNamespaces(): Promise<Namespaces> {
  const files = NAMESPACES.map((name) => `/proc/self/ns/${name}`);
  const { stdout } = await promisify(execFile)('/usr/bin/readlink', files, { env: {} });
  const links = stdout.split('\n');
  return Object.fromEntries(NAMESPACES.map((name, index) => [name, links[index] ?? '']));
}
