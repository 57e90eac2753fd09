import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SessionFiles } from '../../src/pty-host/broker/session-files';
import type { HostRequests, HostSession } from '../../src/pty-host/wire/host-messages';
import { eventually } from '../support/eventually';
import { TestPtyHost, isAlive, kill } from '../support/pty-host';

const ROUNDS = 12;
const CREATES = 100;
/** Longer than a replacement takes. */
const KILL_WITHIN_MS = 30;

let host: TestPtyHost;
const strays: number[] = [];

beforeEach(async () => {
  host = await TestPtyHost.start();
});

afterEach(async () => {
  for (const pid of strays.splice(0)) kill(pid, 'SIGKILL');
  await host.stop();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function marked({ sessionId, epoch }: Pick<HostSession, 'sessionId' | 'epoch'>): number[] {
  return host.leftovers([sessionId]).filter((pid) => environmentOf(pid).includes(`HOLDFAST_SESSION_EPOCH=${epoch}\0`));
}

/** Nothing of one that ended between two looks. */
function environmentOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

async function outputOf({ sessionId, epoch, end }: HostSession): Promise<Buffer> {
  return Buffer.from(await host.client.request('read', { sessionId, epoch, from: 0, max: Math.max(1, end) }));
}

function replacing({ sessionId, epoch }: HostSession, script: string): HostRequests['create']['body'] {
  return {
    ...host.createRequest('/bin/bash', ['--norc', '--noprofile', '-c', script]),
    sessionId,
    replaceEpoch: epoch,
  };
}

describe('replacing a process that was lost with its host', () => {
  test('a hundred calls at once make one, and the old output stays as it was', async () => {
    const session = await host.script('seq 1 5000; read');
    const before = await eventually(async () => {
      const info = await host.info(session.sessionId);
      expect(info.end).toBe(28_893);
      return info;
    });
    const bytes = await outputOf(before);
    await host.lose();
    const request = replacing(session, 'echo second; read');
    const answers = await Promise.all(Array.from({ length: CREATES }, () => host.client.request('create', request)));
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(answers.map((answer) => `${answer.session.epoch} ${answer.session.pid}`)).size).toBe(1);
    const now = answers[0]?.session as HostSession;
    expect(now).toMatchObject({ epochNumber: 2, start: 0, exit: null });
    await eventually(() => expect(host.leftovers([session.sessionId])).toEqual([now.pid]));
    expect(sha256(await outputOf(before))).toBe(sha256(bytes));
    const { session: old, epochs } = await host.client.request('info', {
      sessionId: session.sessionId,
      epoch: session.epoch,
    });
    expect(old).toMatchObject({ epochNumber: 1, exit: { reason: 'host-lost' } });
    expect(epochs).toMatchObject([
      { epochNumber: 1, epoch: session.epoch, start: 0, end: bytes.length, endedAt: expect.any(Number) as number },
      { epochNumber: 2, epoch: now.epoch, endedAt: null },
    ]);
    await expect(
      host.client.request('read', { sessionId: session.sessionId, epoch: 'none', from: 0, max: 1 }),
    ).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('only the epoch that is named and has ended is replaced: not one that runs, not another epoch', async () => {
    const running = await host.script('read');
    expect(await host.client.request('create', replacing(running, 'echo no'))).toMatchObject({
      created: false,
      session: { epoch: running.epoch, epochNumber: 1 },
    });
    const exited = await host.script('exit 3');
    await (await host.attach(exited)).whenExited();
    await host.lose();
    for (const [session, replaceEpoch] of [
      [running, exited.epoch],
      [running, undefined],
      [exited, undefined],
    ] as const) {
      const answer = await host.client.request('create', { ...replacing(session, 'echo no'), replaceEpoch });
      expect(answer).toMatchObject({ created: false, session: { epoch: session.epoch } });
    }
    const { created, session: next } = await host.client.request('create', replacing(exited, 'read'));
    expect({ created, epochNumber: next.epochNumber }).toEqual({ created: true, epochNumber: 2 });
    const { epochs } = await host.client.request('info', { sessionId: exited.sessionId });
    expect(epochs).toMatchObject([{ exit: { reason: 'exited', exitCode: 3 } }, { exit: null }]);
  });

  test(`with the broker killed at any moment of ${ROUNDS} replacements, there is the old state or the new one`, async () => {
    const known = new Map<string, string>();
    let session = await host.script('echo round 0; read');
    let numbers = 1;
    for (let round = 1; round <= ROUNDS; round++) {
      await eventually(async () => expect((await host.info(session.sessionId)).end).toBeGreaterThan(7));
      known.set(session.epoch, sha256(await outputOf(await host.info(session.sessionId))));
      await host.lose();
      const before = host.brokerPid;
      const request = replacing(session, `echo round ${round}; read`);
      const attempt = host.client.request('create', request).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * KILL_WITHIN_MS));
      process.kill(before, 'SIGKILL');
      await attempt;
      await host.nextBroker(before);
      const now = (await eventually(() => host.client.request('create', request))).session;
      expect(now.exit).toBeNull();
      expect(now.epoch).not.toBe(session.epoch);
      expect(now.epochNumber).toBeGreaterThan(numbers);
      await eventually(() => expect(host.leftovers([session.sessionId])).toEqual([now.pid]));
      const { epochs } = await host.client.request('info', { sessionId: session.sessionId });
      expect(new Set(epochs.map(({ epoch }) => epoch)).size).toBe(epochs.length);
      expect(epochs.length).toBeLessThanOrEqual(5);
      for (const { epoch, end } of epochs.slice(0, -1)) {
        expect(sha256(await outputOf({ ...now, epoch, end }))).toBe(known.get(epoch));
      }
      numbers = now.epochNumber;
      session = now;
    }
    expect(numbers).toBe(ROUNDS + 1);
  }, 180_000);

  test('one that never started leaves the session as it was lost', async () => {
    const session = await host.script('echo first; read');
    await host.lose();
    const sessions = path.join(host.directory, 'sessions');
    // As a broker leaves it that dies between the record and the keeper.
    const { launch: _, replaceEpoch: __, ...fields } = replacing(session, '');
    new SessionFiles(sessions, session.sessionId, 2).create({
      ...fields,
      epoch: 'never',
      epochNumber: 2,
      incarnation: 1,
      createdAt: 1,
    });
    const before = host.brokerPid;
    process.kill(host.keeperPid, 'SIGUSR2');
    await host.nextBroker(before);
    expect(await host.info(session.sessionId)).toMatchObject({ epoch: session.epoch, exit: { reason: 'host-lost' } });
    expect(SessionFiles.epochNumbers(sessions, session.sessionId)).toEqual([1]);
    const { created, session: next } = await host.client.request('create', replacing(session, 'read'));
    expect({ created, epochNumber: next.epochNumber }).toEqual({ created: true, epochNumber: 2 });
  });
});

describe('what an earlier epoch left behind', () => {
  /** Ignores HUP, left its session, was reparented, or all of it. */
  const ORPHANS =
    'trap "" HUP; nohup sleep 1001 >/dev/null 2>&1 & setsid -f bash -c \'trap "" HUP TERM; sleep 1002 & wait\'; ' +
    '(setsid sleep 1003 &) ; echo ready; while :; do sleep 1; done';

  test('dies with the next host, while the processes of the new epoch live', async () => {
    const first = await host.script(ORPHANS);
    await (await host.attach(first)).whenText('ready');
    const orphans = await eventually(() => {
      const pids = marked(first);
      expect(pids.length).toBeGreaterThanOrEqual(5);
      return pids;
    });
    const second = await new Promise<HostSession>((resolve, reject) => {
      host
        .lose()
        .then(() => host.client.request('create', replacing(first, ORPHANS)))
        .then(({ session }) => resolve(session), reject);
    });
    await eventually(() => expect(marked(second).length).toBeGreaterThanOrEqual(5));
    await eventually(() => expect(orphans.filter(isAlive)).toEqual([]));
    expect(marked(first)).toEqual([]);
    expect(isAlive(second.pid)).toBe(true);
    expect(marked(second).length).toBeGreaterThanOrEqual(5);
    // Also those of an epoch that went unnoticed while the next one runs.
    const env = { PATH: '/usr/bin:/bin', HOLDFAST_SESSION_ID: first.sessionId, HOLDFAST_SESSION_EPOCH: first.epoch };
    const late = spawn('sleep', ['1004'], { env, detached: true, stdio: 'ignore' }).pid as number;
    strays.push(late);
    const before = host.brokerPid;
    process.kill(before, 'SIGKILL');
    await host.nextBroker(before);
    await eventually(() => expect(isAlive(late)).toBe(false));
    expect(await host.info(first.sessionId)).toMatchObject({ epoch: second.epoch, exit: null });
    expect(isAlive(second.pid)).toBe(true);
  });

  test('does not include strangers that got its numbers, or that carry the mark of a session of another host', async () => {
    const session = await host.script('echo ready; read');
    await (await host.attach(session)).whenText('ready');
    const stranger = spawn('sleep', ['1005'], { env: { PATH: '/usr/bin:/bin' }, detached: true, stdio: 'ignore' })
      .pid as number;
    const env = { PATH: '/usr/bin:/bin', HOLDFAST_SESSION_ID: 'session_of_another_host', HOLDFAST_SESSION_EPOCH: 'x' };
    const foreign = spawn('sleep', ['1006'], { env, detached: true, stdio: 'ignore' }).pid as number;
    strays.push(stranger, foreign);
    const files = new SessionFiles(path.join(host.directory, 'sessions'), session.sessionId);
    const record = files.read();
    // As after a restart of the machine: another process has the number.
    await host.lose(() => record && files.write({ ...record, pid: stranger }));
    expect(await host.info(session.sessionId)).toMatchObject({ pid: stranger, exit: { reason: 'host-lost' } });
    const { session: second } = await host.client.request('create', replacing(session, 'read'));
    await host.client.request('terminate', { sessionId: session.sessionId });
    await eventually(() => expect(isAlive(second.pid)).toBe(false));
    expect([stranger, foreign].map(isAlive)).toEqual([true, true]);
  });
});

describe('a terminal that nobody uses', () => {
  test('is ended as expired when nobody has watched and nothing was printed for so long, and not before', async () => {
    const session = await host.script('echo ready; read');
    const viewer = await host.attach(session, { role: 'viewer' });
    await viewer.whenText('ready');
    const { sessionId } = session;
    expect(await host.info(sessionId)).toMatchObject({ idleViewerMs: 0 });
    // Watched, however long.
    await expect(host.client.request('terminate', { sessionId, ifIdleMs: 1 })).rejects.toMatchObject({
      code: 'conflict',
    });
    viewer.detach();
    const idle = await eventually(async () => {
      const info = await host.info(sessionId);
      expect(info.idleViewerMs).toBeGreaterThan(50);
      return info;
    });
    expect(idle.idleOutputMs).toBeGreaterThanOrEqual(idle.idleViewerMs);
    await expect(host.client.request('terminate', { sessionId, ifIdleMs: 60_000 })).rejects.toMatchObject({
      code: 'conflict',
    });
    await host.client.request('terminate', { sessionId, ifIdleMs: 50 });
    await eventually(async () => expect((await host.info(sessionId)).exit).toMatchObject({ reason: 'expired' }));
    await eventually(() => expect(host.leftovers([sessionId])).toEqual([]));
  });

  test('counts anew with every broker, so a restart never ends one early', async () => {
    const { sessionId } = await host.script('read');
    await eventually(async () => expect((await host.info(sessionId)).idleOutputMs).toBeGreaterThan(300));
    const before = host.brokerPid;
    const killedAt = performance.now();
    process.kill(before, 'SIGKILL');
    await host.nextBroker(before);
    const { idleOutputMs, idleViewerMs } = await host.info(sessionId);
    const since = performance.now() - killedAt;
    expect(idleOutputMs).toBeLessThanOrEqual(since);
    expect(idleViewerMs).toBeLessThanOrEqual(since);
  });
});

describe('a terminal that is hibernated', () => {
  const POLITE = 'trap "echo good""bye; exit 143" TERM; trap "" HUP; echo ready; while :; do sleep 0.05; done';

  test('gets TERM and ends as hibernated, and another process can take its place', async () => {
    const session = await host.script(POLITE);
    const viewer = await host.attach(session);
    await viewer.whenText('ready');
    const { sessionId } = session;
    await host.client.request('hibernate', { sessionId });
    expect(await viewer.whenExited()).toMatchObject({ reason: 'hibernated', exitCode: 143 });
    await viewer.whenText('goodbye');
    // Again, and once it has ended: nothing happens.
    await host.client.request('hibernate', { sessionId });
    const { created } = await host.client.request('create', replacing(session, 'read'));
    expect(created).toBe(true);
  });

  test('is left alone when somebody has just typed, in a terminal or over REST, but not for what is only shown', async () => {
    const session = await host.script('while :; do echo busy; sleep 0.1; done');
    const { sessionId } = session;
    const viewer = await host.attach(session);
    const hibernate = (ifUntypedMs: number): Promise<unknown> =>
      host.client.request('hibernate', { sessionId, ifUntypedMs });
    await expect(hibernate(60_000)).rejects.toMatchObject({ code: 'conflict' });
    const base64 = Buffer.from('x').toString('base64');
    for (const type of [
      () => host.client.request('type', { sessionId, base64 }),
      () => Promise.resolve(viewer.type('x')),
    ]) {
      const before = performance.now();
      await type();
      await eventually(async () => {
        const { idleInputMs = Infinity } = await host.info(sessionId);
        // Rounded to whole milliseconds.
        expect(performance.now() - idleInputMs).toBeGreaterThan(before - 1);
      });
    }
    await eventually(async () => expect((await host.info(sessionId)).idleInputMs).toBeGreaterThan(50));
    await hibernate(50);
    await eventually(async () => expect((await host.info(sessionId)).exit).toMatchObject({ reason: 'hibernated' }));
  });

  test('has ended for good when somebody ends it meanwhile', async () => {
    const { sessionId } = await host.script('trap "" TERM HUP; echo ready; while :; do sleep 0.1; done');
    await host.client.request('hibernate', { sessionId });
    await host.client.request('terminate', { sessionId });
    await eventually(async () => expect((await host.info(sessionId)).exit).toMatchObject({ reason: 'terminated' }));
  });
});
