import type { ExitStatus } from '../pty-host/wire/host-messages';
import { isReplaceable, wasReplaceable } from './replaceable';
import { SessionEntity, type SessionGateway } from './session.entity';

type Exit = readonly [reason: ExitStatus['reason'], exitCode: number | null];

const EXITS: readonly Exit[] = [
  ['host-lost', null],
  ['hibernated', 143],
  ['exited', 0],
  ['exited', 1],
  ['exited', null],
  ['expired', null],
  ['terminated', null],
];

function replaceable(gateway: SessionGateway): Exit[] {
  return EXITS.filter(([reason, exitCode]) => {
    const labels = { ownerId: 'owner', gateway, profile: '' };
    const onHost = isReplaceable({ exit: { reason, exitCode, signal: null }, labels });
    const session = Object.assign(new SessionEntity(), { status: 'ended', gateway, endReason: reason, exitCode });
    expect(wasReplaceable(session)).toBe(onHost);
    return onHost;
  });
}

it('a shell gets a successor only when it was lost with its host, or ended for now', () => {
  expect(replaceable('terminal').map(([reason]) => reason)).toEqual(['host-lost', 'hibernated']);
});

it('a conversation goes on after everything but the will of its user: neither ended by somebody, nor by itself in good order', () => {
  expect(EXITS.filter((exit) => !replaceable('claude').includes(exit))).toEqual([
    ['exited', 0],
    ['terminated', null],
  ]);
});

it('what runs has no successor', () => {
  expect(isReplaceable({ exit: null })).toBe(false);
  expect(wasReplaceable(Object.assign(new SessionEntity(), { status: 'running', gateway: 'claude' }))).toBe(false);
});
