import fs from 'node:fs';
import { describeWithClaude } from '../support/claude/claude-programs';
import { ClaudeServer } from '../support/claude/claude-server';
import { ClaudeTab, type ClaudeTabOptions } from '../support/claude/claude-tab';
import { eventually } from '../support/eventually';

/** A gateway takes its time to start on a busy machine, and the CLI waits between its tries. */
const PATIENCE_MS = 90_000;

describeWithClaude('a Claude session of the real CLI, in the middle of a reply', (file) => {
  let server: ClaudeServer;
  const tabs: ClaudeTab[] = [];

  beforeAll(async () => {
    server = await ClaudeServer.start({ claude: file, supervised: true });
    await server.server.gateways.settled();
  }, 240_000);
  afterEach(async () => {
    for (const tab of tabs.splice(0)) await tab.close();
  });
  afterAll(() => server?.stop());

  async function tab(options: ClaudeTabOptions = {}): Promise<ClaudeTab> {
    const opened = await ClaudeTab.open(server, server.admin, options);
    tabs.push(opened);
    return opened;
  }

  /** Has said something, and is saying something else. */
  async function inMidReply(gate: string): Promise<ClaudeTab> {
    const claude = await tab();
    await claude.say(`first [[say:Good morning before ${gate}]]`, `● Good morning before ${gate}`);
    await claude.screen.prompt(`long [[hold:${gate}]]`);
    await claude.screen.shows('one two three');
    return claude;
  }

  /** The session gets another process, in which everything is that was whole; somebody lets it go on. */
  async function goesOn({ sessionId }: ClaudeTab, gate: string): Promise<void> {
    server.fake.release(gate);
    const again = await tab({ sessionId });
    expect(await again.ready).toMatchObject({ resume: 'new-epoch', created: true });
    await again.screen.shows(`● Good morning before ${gate}`, PATIENCE_MS);
    await again.screen.shows(`long [[hold:${gate}]]`);
    await eventually(() => expect(again.notices.at(-1)).toMatchObject({ kind: 'interrupted', active: true }));
    await again.screen.whenIdle();
    again.terminal.continueClaude();
    await server.fake.turn('continue');
    await again.screen.whenIdle();
    await eventually(() => expect(again.notices.at(-1)).toMatchObject({ active: false }));
    await again.say(`after [[say:Good evening after ${gate}]]`, `● Good evening after ${gate}`);
    const { body } = await server.fake.turn(`Good evening after ${gate}`);
    expect(JSON.stringify(body?.messages)).toContain(`Good morning before ${gate}`);
  }

  it(
    'outlasts kill -9 of the CLI',
    async () => {
      const claude = await inMidReply('cli');
      process.kill(pidOf(claude.sessionId), 'SIGKILL');
      await eventually(() => expect(claude.exits).toHaveLength(1));
      await goesOn(claude, 'cli');
    },
    2 * PATIENCE_MS,
  );

  it(
    'outlasts kill -9 of the gateway: the same process asks again, and the reply comes',
    async () => {
      const claude = await inMidReply('gateway');
      const pid = pidOf(claude.sessionId);
      server.server.gateways.kill();
      server.fake.release('gateway');
      await claude.screen.shows('four five six', PATIENCE_MS);
      await claude.screen.whenIdle(PATIENCE_MS);
      expect(claude.exits).toEqual([]);
      expect(pidOf(claude.sessionId)).toBe(pid);
      await claude.whenState('waiting', PATIENCE_MS);
      await claude.say('after [[say:Good evening]]', '● Good evening');
      await server.server.gateways.settled();
    },
    3 * PATIENCE_MS,
  );

  it(
    'outlasts the loss of the host',
    async () => {
      const claude = await inMidReply('host');
      server.server.loseHost();
      await eventually(() => expect(claude.exits).toMatchObject([{ reason: 'host-lost' }]), PATIENCE_MS);
      await goesOn(claude, 'host');
    },
    2 * PATIENCE_MS,
  );
});

/** Of the CLI that runs in this session. */
function pidOf(sessionId: string): number {
  const found = fs.readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const read = (file: string): string => fs.readFileSync(`/proc/${name}/${file}`, 'latin1');
    try {
      return (
        read('environ').includes(`HOLDFAST_SESSION=${sessionId}\0`) && /--(session-id|resume)\0/.test(read('cmdline'))
      );
    } catch {
      return false;
    }
  });
  if (found.length !== 1) throw new Error(`${found.length} processes of ${sessionId}`);
  return Number(found[0]);
}
