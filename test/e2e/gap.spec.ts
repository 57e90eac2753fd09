import { Api } from '../support/api';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const REPLAY_BYTES = 64 * 1024;

let server: TestServer;
let api: Api;

beforeAll(async () => {
  server = await TestServer.start({ SESSION_REPLAY_BYTES: String(REPLAY_BYTES) });
  api = await Api.login(server);
});
afterAll(() => server.stop());

it('announces a gap, redraws the screen, goes on from there, and still has the lost bytes', async () => {
  const client = await WireClient.connect(server.terminalUrl, api.token);
  const { sessionId, epoch } = await client.open({ channel: 1 });
  client.type(1, 'echo sta""rt\n');
  await client.outputContains(1, 'start');
  const offset = client.nextOffset(1);
  client.terminate();

  const writer = await WireClient.connect(server.terminalUrl, api.token);
  await writer.open({ channel: 1, sessionId });
  writer.type(1, 'seq 1 100000; echo fin""ished\n');
  await writer.outputContains(1, 'finished');

  const returning = await WireClient.connect(server.terminalUrl, api.token);
  const opened = await returning.open({ channel: 1, sessionId, epoch, offset });
  expect(opened).toMatchObject({ resume: 'gap', lost: { from: offset, to: opened.offset } });
  await returning.until(() => returning.snapshots(1).length === 1, 'snapshot');
  expect(returning.snapshots(1)[0]?.offset).toBe(opened.offset);
  expect(returning.snapshots(1)[0]?.bytes.toString()).toContain('99999');
  returning.type(1, 'echo aft""er\n');
  await returning.outputContains(1, 'after');

  const lost = await api.fetch(
    'GET',
    `/api/sessions/${sessionId}/output?from=${offset}&to=${opened.offset}&epoch=${epoch}`,
  );
  const bytes = Buffer.from(await lost.arrayBuffer());
  expect(bytes).toHaveLength(opened.offset - offset);
  expect(bytes.toString()).toContain('\r\n50000\r\n');
  writer.terminate();
  returning.terminate();
});

it('lets a viewer that fell behind jump, and says so', async () => {
  const writer = await WireClient.connect(server.terminalUrl, api.token);
  const viewer = await WireClient.connect(server.terminalUrl, api.token);
  const { sessionId } = await writer.open({ channel: 1 });
  await viewer.open({ channel: 1, sessionId, role: 'viewer' });
  viewer.setAutoAck(1, false);
  writer.type(1, 'seq 1 200000; echo fin""ished\n');
  await writer.outputContains(1, 'finished');

  viewer.setAutoAck(1, true);
  const from = viewer.nextOffset(1);
  viewer.acknowledge(1, from);
  const { lost } = await viewer.event('lagging');
  expect(lost.from).toBe(from);
  await viewer.until(() => viewer.snapshots(1).some(({ offset }) => offset === lost.to), 'snapshot');
  writer.type(1, 'echo aft""er\n');
  await viewer.outputContains(1, 'after');
  writer.terminate();
  viewer.terminate();
});

it('resumes exactly within the replay limit', async () => {
  const client = await WireClient.connect(server.terminalUrl, api.token);
  const { sessionId, epoch } = await client.open({ channel: 1 });
  client.type(1, 'echo sta""rt\n');
  await client.outputContains(1, 'start');
  const offset = client.nextOffset(1);
  await client.close();
  const again = await WireClient.connect(server.terminalUrl, api.token);
  const opened = await again.open({ channel: 1, sessionId, epoch, offset });
  expect(opened).toMatchObject({ resume: 'exact', offset, reused: true });
  expect(again.snapshots(1)).toEqual([]);
  again.terminate();
});
