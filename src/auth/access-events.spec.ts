import { InMemoryControlBus } from '../infrastructure/control-bus/in-memory-control-bus';
import { AccessEvents } from './access-events';

function setUp() {
  const [busA, busB] = [new InMemoryControlBus(), new InMemoryControlBus()];
  busA.join(busB);
  return { busA, busB, here: new AccessEvents(busA), there: new AccessEvents(busB) };
}

describe('AccessEvents', () => {
  it('are heard once here and once on the other node', () => {
    const { here, there } = setUp();
    const heard: string[] = [];
    here.on('login.revoked', ({ loginId }) => heard.push(`here ${loginId}`));
    there.on('login.revoked', ({ loginId }) => heard.push(`there ${loginId}`));
    here.emit('login.revoked', { loginId: 'x' });
    expect(heard).toEqual(['here x', 'there x']);
  });

  it('ignore what is none of them', () => {
    const { busA, there } = setUp();
    const heard: unknown[] = [];
    there.on('login.revoked', (event) => heard.push(event));
    for (const payload of [null, 'x', {}, { loginId: 1 }]) busA.publish({ topic: 'login.revoked', payload });
    busA.publish({ topic: 'toString', payload: {} });
    expect(heard).toEqual([]);
  });

  it('say when some may have been missed', () => {
    const { busB, there } = setUp();
    let missed = 0;
    there.onMissed(() => missed++);
    busB.reconnect();
    expect(missed).toBe(1);
  });
});
