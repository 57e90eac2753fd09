import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { isTerminalReply } from '@holdfast/protocol';
import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { ScreenEmulator } from '../../src/screen-mirror/emulator/screen-emulator';
import { clientTerminal, stateOf, write } from '../../src/screen-mirror/test-support/terminal-state';
import { terminalStream } from '../../src/screen-mirror/test-support/terminal-stream';
import { Api } from '../support/api';
import { launchChromium } from '../support/chromium';
import { eventually } from '../support/eventually';
import { ROOT } from '../support/root';
import { sdkClient } from '../support/sdk';
import { startServer, type TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';
import { HOSTILE_OUTPUT, HUGE_PARAMETERS, PAYLOAD, linkFlood } from './hostile-output';

const PROGRAM = path.join(ROOT, 'test/support/programs/ask-terminal.mjs');
/** The status report, and its answer: what is asked last is answered last. */
const ASK_STATUS = '\x1b[5n';
const STATUS = '\x1b[0n';
/** With the same cases in every run; `HOLDFAST_SEED` looks for others. */
const SEED = Number(process.env['HOLDFAST_SEED'] ?? 20261121);
const ECHOES = 15;
const ECHO_MS = 200;

let server: TestServer;
let api: Api;
const clients: WireClient[] = [];

beforeAll(async () => {
  server = await startServer();
  api = await Api.login(server);
});
afterAll(async () => {
  for (const client of clients) client.terminate();
  await server.stop();
});

interface Viewer {
  readonly client: WireClient;
  readonly sessionId: string;
}

async function open(sessionId?: string, role: 'writer' | 'viewer' = 'writer'): Promise<Viewer> {
  const client = await WireClient.connect(server.terminalUrl, api.token);
  clients.push(client);
  const opened = await client.open({ channel: 1, projectId: 'escapes', sessionId, role });
  return { client, sessionId: opened.sessionId };
}

/** A program that prints `output`, now or once the returned file exists, and hears what is typed up to `until`. */
function startAsking({ client }: Viewer, output: string, until: string, gate?: string): Promise<Buffer> {
  const arguments_ = [output, until].map((text) => Buffer.from(text).toString('base64'));
  client.type(1, `${process.execPath} ${PROGRAM} ${arguments_.join(' ')} ${gate ?? ''}\n`);
  return client.outputContains(1, gate === undefined ? '<asked>' : '<waiting>');
}

/** What the program heard, out of everything the session ever printed. */
async function heard(sessionId: string): Promise<string> {
  return eventually(async () => {
    const output = await (await api.fetch('GET', `/api/sessions/${sessionId}/output`)).text();
    const hex = /heard<([0-9a-f]*)>/.exec(output)?.[1];
    if (hex === undefined) throw new Error(`nothing heard: ${output.slice(-300)}`);
    return Buffer.from(hex, 'hex').toString();
  });
}

async function leave({ client, sessionId }: Viewer): Promise<void> {
  client.terminate();
  await attachments(sessionId, 0);
}

async function attachments(sessionId: string, number: number): Promise<void> {
  await eventually(async () => {
    const { body } = await api.request<{ attachments: number }>('GET', `/api/sessions/${sessionId}`);
    expect(body.attachments).toBe(number);
  });
}

function gateFile(): string {
  return path.join(server.dataDir, `gate-${randomUUID()}`);
}

describe('hostile output', () => {
  it('E-01: is answered from the table of replies only, and never with words of its own', () => {
    const emulator = new ScreenEmulator({ cols: 80, rows: 24, scrollbackLines: 100, offset: 0 });
    emulator.feed(Buffer.from(HOSTILE_OUTPUT.join('\r\n')));
    const replies = emulator.repliesAfter(0).map(({ bytes }) => bytes);
    expect(replies.length).toBeGreaterThan(0);
    for (const reply of replies) expect(isTerminalReply(reply)).toBe(true);
    expect(replies.join('')).not.toContain(PAYLOAD);
  });

  describe('in a browser', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium();
    }, 300_000);
    afterAll(() => browser?.close());

    it('E-01: runs nothing, opens nothing, and puts no words of its own into the input', async () => {
      const page = await (await browser.newContext({ viewport: { width: 1200, height: 760 } })).newPage();
      const events: string[] = [];
      page.on('dialog', (dialog) => events.push(dialog.message()));
      page.on('popup', (popup) => events.push(popup.url()));
      page.on('pageerror', (error) => events.push(String(error)));
      page.on('download', (download) => events.push(download.url()));
      await page.goto(server.baseUrl);
      await page.getByTestId('login-email').fill(server.admin.email);
      await page.getByTestId('login-password').fill(server.admin.password);
      await page.getByTestId('login-submit').click();
      await page.getByTestId('console').waitFor();

      const viewer = await open();
      await page.goto(`${server.baseUrl}/#/s/escapes/${viewer.sessionId}`);
      await page.reload();
      await page.getByTestId('pane').first().waitFor();
      const gate = gateFile();
      await startAsking(viewer, `${HOSTILE_OUTPUT.join('\r\n')}${ASK_STATUS}`, STATUS, gate);
      await eventually(async () => expect(await page.evaluate('window.holdfast.screenText()')).toContain('<waiting>'));
      // The page answers alone, as it does when it is the only one that looks.
      await attachments(viewer.sessionId, 2);
      viewer.client.terminate();
      await attachments(viewer.sessionId, 1);
      await page.locator('.xterm-helper-textarea').first().focus();
      fs.writeFileSync(gate, '');
      const answers = await heard(viewer.sessionId);
      expect(isTerminalReply(answers)).toBe(true);
      expect(answers).not.toContain(PAYLOAD);
      expect(await page.evaluate('window.pwned')).toBeUndefined();
      expect(await page.title()).toMatch(/Holdfast$/);
      expect(await page.locator('img, iframe, script:not([src])').count()).toBe(0);
      expect(events).toEqual([]);
    });
  });

  it('E-02: sequences with huge parameters and a flood of links leave the echo of others under 200 ms', async () => {
    const hostile = await open();
    const calm = await open();
    calm.client.type(1, 'stty raw -echo; exec cat\n');
    await calm.client.until(() => calm.client.inputAcked(1) > 0, 'cat');
    const file = path.join(server.dataDir, 'flood');
    fs.writeFileSync(file, `${HUGE_PARAMETERS.join('')}${linkFlood(200_000)}`);
    hostile.client.type(1, `cat ${file}; echo do""ne\n`);
    await hostile.client.outputContains(1, 'done\r\n');
    // Who comes now gets a screen, which has to be parsed.
    const late = open(hostile.sessionId);
    const screen = api.fetch('GET', `/api/sessions/${hostile.sessionId}/screen`);
    const times: number[] = [];
    for (let i = 0; i < ECHOES; i++) times.push(await echoTime(calm.client, `<${i}>`));
    expect(times.sort((a, b) => a - b)[Math.floor(ECHOES / 2)]).toBeLessThan(ECHO_MS);
    expect((await screen).status).toBe(200);
    await eventually(async () => expect((await late).client.snapshots(1)).toHaveLength(1));
  });

  it('E-03: settings, titles and the answerback that a program asks for never bring its own words back', async () => {
    const viewer = await open();
    const gate = gateFile();
    const questions = [
      `\x1b]2;${PAYLOAD}\x07`,
      '\x1b[21t',
      '\x1b[20t',
      '\x05',
      `\x1bP$q${PAYLOAD}\x1b\\`,
      '\x1b[>q',
      `\x1bP+q${PAYLOAD}\x1b\\`,
    ];
    await startAsking(viewer, `${questions.join('')}${ASK_STATUS}`, STATUS, gate);
    await leave(viewer);
    fs.writeFileSync(gate, '');
    // The server answers in place of an emulator.
    expect(await heard(viewer.sessionId)).toBe(`\x1bP0$r\x1b\\${STATUS}`);
  });
});

describe('replies', () => {
  it('E-04: to queries that are old when somebody attaches are not typed: the next line of the shell is clean', async () => {
    const before = await open();
    before.client.type(1, `PS1='$ '; printf '\\e[6n\\e[c'; echo as""ked\n`);
    await before.client.outputContains(1, 'asked\r\n');
    await leave(before);

    const after = await open(before.sessionId);
    const emulator = clientTerminal(80, 24);
    // Worse than any client of ours: it types what its emulator says also about the snapshot.
    emulator.onData((reply) => after.client.type(1, reply));
    await after.client.until(() => after.client.snapshots(1).length > 0, 'snapshot');
    write(emulator, after.client.snapshots(1)[0]?.bytes ?? Buffer.alloc(0));
    after.client.type(1, `echo next-""line\n`);
    const said = (): string =>
      after.client
        .output(1)
        .toString()
        // eslint-disable-next-line no-control-regex -- bracketed paste goes off and on around a command
        .replace(/\x1b\[\?2004[hl]|\r/g, '');
    await after.client.until(() => said().endsWith('next-line\n$ '), 'the next line');
    expect(said()).toBe('echo next-""line\nnext-line\n$ ');
  });

  it('E-05: come once, however many emulators answer', async () => {
    const owner = await open();
    const other = await open(owner.sessionId);
    await startAsking(owner, `\x1b[c${ASK_STATUS}`, STATUS);
    for (const { client } of [other, owner]) {
      const acknowledged = client.inputAcked(1);
      client.type(1, '\x1b[?1;2c');
      await client.until(() => client.inputAcked(1) > acknowledged, 'acknowledgement');
    }
    other.client.type(1, STATUS);
    owner.client.type(1, STATUS);
    expect(await heard(owner.sessionId)).toBe(`\x1b[?1;2c${STATUS}`);
  });

  it('E-06: of somebody who only watches are refused', async () => {
    const writer = await open();
    const watcher = await open(writer.sessionId, 'viewer');
    await startAsking(writer, `\x1b[c${ASK_STATUS}`, STATUS);
    watcher.client.sendInput(1, 0, Buffer.from('\x1b[?1;2c'));
    expect(await watcher.client.event('error')).toMatchObject({ code: 'read_only' });
    writer.client.type(1, STATUS);
    expect(await heard(writer.sessionId)).toBe(STATUS);
  });
});

describe('a paste', () => {
  const hostile = 'ls\x1b[201~; touch pwned\r\n\x9b201~\x03';

  it('E-07: over REST cannot end bracketed paste, nor press keys', async () => {
    const viewer = await open();
    const end = '\x1b[201~';
    await startAsking(viewer, '\x1b[?2004h', end);
    const answer = await api.request('POST', `/api/sessions/${viewer.sessionId}/input`, { paste: hostile });
    expect(answer).toMatchObject({ status: 200, body: { newlines: 1, ranLines: false, removed: 3 } });
    expect(await heard(viewer.sessionId)).toBe(`\x1b[200~ls[201~; touch pwned\r201~${end}`);
    const both = { data: 'x', paste: 'y' };
    expect((await api.request('POST', `/api/sessions/${viewer.sessionId}/input`, both)).status).toBe(400);
  });

  it('E-07: with the SDK is text and newlines, and says when lines were run', async () => {
    const viewer = await open();
    await startAsking(viewer, 'ready', 'END');
    const { client } = sdkClient(server.terminalUrl, api.token);
    const terminal = client.open({ projectId: 'escapes', sessionId: viewer.sessionId, cols: 80, rows: 24 });
    await terminal.ready;
    expect(terminal.paste(`${hostile}END`)).toEqual({ sent: true, newlines: 1, ranLines: true, removed: 3 });
    expect(await heard(viewer.sessionId)).toBe('ls[201~; touch pwned\r201~END');
    await client.close();
  });
});

describe('a snapshot', () => {
  const screen = { cols: 12, rows: 5, scrollbackLines: 20, offset: 0 };
  const output = fc.oneof(
    terminalStream,
    fc.array(fc.constantFrom(...HOSTILE_OUTPUT)).map((parts) => Buffer.from(parts.join(''))),
  );

  it('E-08: is the same however its output was split', () => {
    fc.assert(
      fc.property(output, fc.array(fc.nat(), { maxLength: 10 }), (bytes, cuts) => {
        const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
        const whole = new ScreenEmulator(screen);
        const split = new ScreenEmulator(screen);
        whole.feed(bytes);
        at.forEach((end, i) => split.feed(bytes.subarray(at[i - 1] ?? 0, end)));
        const drawn = [whole, split].map((emulator) => {
          const client = clientTerminal(screen.cols, screen.rows);
          const typed: string[] = [];
          client.onData((data) => typed.push(data));
          write(client, emulator.snapshot().bytes);
          expect(typed).toEqual([]);
          return stateOf(client);
        });
        expect(drawn[1]).toEqual(drawn[0]);
        expect(split.repliesAfter(0)).toEqual(whole.repliesAfter(0));
      }),
      { numRuns: 150, seed: SEED },
    );
  });
});

async function echoTime(client: WireClient, text: string): Promise<number> {
  const since = performance.now();
  client.type(1, text);
  await client.outputContains(1, text);
  return performance.now() - since;
}
