import { Harness } from './testing/harness';

const CHANNEL = 1;
const GUEST = { id: 'u2', email: 'guest@example.org' };

describe('a terminal that is shared', () => {
  it('sends what was typed as soon as its viewer may type, from where the server counts', async () => {
    const harness = new Harness();
    harness.server.addSession();
    const { terminal, unsent } = await harness.open({ sessionId: 'session_1_abc', role: 'viewer' });
    expect(terminal.write('too early')).toBe(false);
    const roles: string[] = [];
    terminal.on('role', (role) => roles.push(role));
    terminal.requestWrite();
    await harness.advance(10);
    expect(harness.server.peer.messages('write.request')).toEqual([{ channel: CHANNEL }]);
    harness.server.session().writers.set(terminal.writerId, 7);
    harness.server.peer.send('role.changed', { channel: CHANNEL, role: 'writer', inputOffset: 7 });
    await harness.advance(10);
    expect(terminal.role).toBe('writer');
    expect(terminal.write('typed')).toBe(true);
    await harness.advance(10);
    expect(harness.server.session().text).toBe('typed');

    harness.server.acknowledgesInput = false;
    terminal.write(' lost');
    harness.server.peer.send('role.changed', { channel: CHANNEL, role: 'viewer', inputOffset: 12 });
    await harness.advance(10);
    expect(terminal.write('too late')).toBe(false);
    expect(roles).toEqual(['writer', 'viewer']);
    expect(unsent).toEqual([' lost']);
  });

  it('reports what was typed by consent when the consent went with the connection', async () => {
    const harness = new Harness();
    harness.server.addSession();
    const { terminal, unsent } = await harness.open({ sessionId: 'session_1_abc', role: 'viewer' });
    harness.server.peer.send('role.changed', { channel: CHANNEL, role: 'writer', inputOffset: 0 });
    await harness.advance(10);
    harness.server.acknowledgesInput = false;
    harness.server.peer.socket.end();
    terminal.write('typed offline');
    await harness.advance(2_000);
    expect(terminal.role).toBe('viewer');
    expect(unsent).toEqual(['typed offline']);
  });

  it('passes on who is there, who watches, and who asks', async () => {
    const harness = new Harness();
    const { terminal } = await harness.open();
    const heard: unknown[] = [];
    for (const event of ['presence', 'notice', 'write.requested', 'write.settled'] as const) {
      terminal.on(event, (payload) => heard.push({ event, ...payload }));
    }
    const { peer } = harness.server;
    const viewers = [{ user: GUEST, role: 'viewer' as const, since: 1 }];
    const notice = { kind: 'watched' as const, active: true, text: 'Somebody watches.', by: GUEST };
    peer.send('presence', { channel: CHANNEL, viewers });
    peer.send('notice', { channel: CHANNEL, ...notice });
    peer.send('write.requested', { channel: CHANNEL, requestId: 'r', user: GUEST });
    peer.send('write.settled', { channel: CHANNEL, requestId: 'r', allowed: false });
    await harness.advance(10);
    expect(heard).toEqual([
      { event: 'presence', viewers },
      { event: 'notice', ...notice },
      { event: 'write.requested', requestId: 'r', user: GUEST },
      { event: 'write.settled', requestId: 'r', allowed: false },
    ]);
  });

  it('answers, takes back and sends away', async () => {
    const harness = new Harness();
    const { terminal } = await harness.open();
    const requestId = '11111111-1111-4111-8111-111111111111';
    terminal.answerWrite(requestId, true, 60);
    terminal.revokeWrite(requestId);
    terminal.kick(requestId);
    await harness.advance(10);
    const { peer, violations } = harness.server;
    expect(violations).toEqual([]);
    expect(peer.messages('write.answer')).toEqual([{ channel: CHANNEL, requestId, allow: true, forSeconds: 60 }]);
    expect(peer.messages('write.revoke')).toEqual([{ channel: CHANNEL, user: requestId }]);
    expect(peer.messages('kick')).toEqual([{ channel: CHANNEL, user: requestId }]);
  });

  it.each(['kicked', 'share_ended'])('is over after %s, and is not opened again', async (code) => {
    const harness = new Harness();
    const { terminal, log } = await harness.open();
    const opens = harness.server.peer.messages('open').length;
    harness.server.peer.error({ code, channel: CHANNEL });
    await harness.advance(10_000);
    expect(terminal.state).toBe('closed');
    expect(log).toContain(`closed ${code}`);
    expect(harness.server.peer.messages('open')).toHaveLength(opens);
  });
});
