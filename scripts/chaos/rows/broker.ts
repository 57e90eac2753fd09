import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../test/support/eventually';
import { CALM_MS, inflictFaults, type Lane } from '../faults';
import { Rig, type RigOptions } from '../rig';
import { PROCESS_DEATH, type Row, type RowContext } from '../row';

/** The keeper restarts a broker at once that lived for 2 s; one that dies sooner is made to wait. */
const HEALTHY_BROKER_MS = 2_100;
const UNTIL_HEALTHY_MS = HEALTHY_BROKER_MS - CALM_MS;

async function startRig(context: RowContext, options: RigOptions): Promise<Lane> {
  return { rig: await context.hold(Rig.start(options)) };
}

async function nextBroker(rig: Rig, before: number): Promise<void> {
  await eventually(() => {
    if (rig.server.brokerPid === before) throw new Error('the broker was not replaced');
  });
}

async function killBroker({ rig }: Lane): Promise<void> {
  const { brokerPid } = rig.server;
  process.kill(brokerPid, 'SIGKILL');
  await nextBroker(rig, brokerPid);
}

async function upgradeBroker({ rig }: Lane): Promise<void> {
  const { brokerPid, keeperPid } = rig.server;
  process.kill(keeperPid, 'SIGUSR2');
  await nextBroker(rig, brokerPid);
}

export const brokerSigkillTyping: Row = {
  name: 'broker-sigkill-typing',
  title: 'broker SIGKILL while typing',
  runs: { short: 2, full: 100 },
  target: PROCESS_DEATH,
  flaggedPerRun: 1,
  run: (context) =>
    inflictFaults(context, {
      lanes: 3,
      start: () => startRig(context, { load: 'typing' }),
      calm: () => sleep(UNTIL_HEALTHY_MS),
      inflict: killBroker,
    }),
};

export const brokerSigkillFlood: Row = {
  name: 'broker-sigkill-flood',
  title: 'broker SIGKILL while flooding',
  runs: { short: 1, full: 50 },
  target: PROCESS_DEATH,
  flaggedPerRun: 1,
  note: 'the program prints as fast as the client takes it',
  run: (context) =>
    inflictFaults(context, {
      lanes: 1,
      start: () => startRig(context, { load: 'flood' }),
      calm: () => sleep(UNTIL_HEALTHY_MS),
      inflict: killBroker,
    }),
};

export const brokerUpgrade: Row = {
  name: 'broker-upgrade',
  title: 'broker upgrade (SIGUSR2 to the keeper)',
  runs: { short: 1, full: 20 },
  target: PROCESS_DEATH,
  run: (context) =>
    inflictFaults(context, {
      lanes: 2,
      start: () => startRig(context, { load: 'typing' }),
      inflict: upgradeBroker,
    }),
};
