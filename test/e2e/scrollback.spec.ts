import { Api } from '../support/api';
import { shownBy } from '../support/screen';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const LINES = 5_000;
const BUFFER_LINES = 120;
const ROWS = 24;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ SESSION_BUFFER_SIZE: String(BUFFER_LINES) });
});
afterAll(() => server.stop());

it('a snapshot has SESSION_BUFFER_SIZE lines above the screen, the transcript has them all', async () => {
  const api = await Api.login(server);
  const client = await WireClient.connect(server.terminalUrl, api.token);
  const { sessionId } = await client.open({ channel: 1 });
  client.type(1, `PS1=; stty -echo; seq 1 ${LINES}; echo do""ne\n`);
  await client.outputContains(1, `\n${LINES}\r\ndone\r\n`);
  await client.open({ channel: 2, sessionId });
  await client.until(() => client.snapshots(2).length > 0, 'a snapshot');
  const { lines } = await shownBy([client.snapshots(2)[0]?.bytes ?? Buffer.alloc(0)]);
  expect(lines).toHaveLength(BUFFER_LINES + ROWS);
  expect(lines.filter(Boolean).slice(-2)).toEqual([String(LINES), 'done']);
  const response = await api.fetch('GET', `/api/sessions/${sessionId}/output`);
  const transcript = Buffer.from(await response.arrayBuffer()).toString();
  const all = Array.from({ length: LINES }, (_, n) => `${n + 1}\r\n`).join('');
  expect(transcript).toContain(all);
  await client.close();
});
