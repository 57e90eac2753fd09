import { eventually } from '../../../test/support/eventually';
import { inflictFaults } from '../faults';
import type { Rig } from '../rig';
import type { Row } from '../row';

/** The keeper restarts a broker at once that lived for 2 s; one that dies sooner is made to wait. */
const HEALTHY_BROKER_MS = 2_100;

const PROCESS_DEATH = { p50: 150, max: 500 };

async function nextBroker(rig: Rig, before: number): Promise<void> {
  await eventually(() => {
    if (rig.server.brokerPid === before) throw new Error('the broker was not replaced');
  });
}

async function killBroker(rig: Rig): Promise<void> {
  const { brokerPid } = rig.server;
  process.kill(brokerPid, 'SIGKILL');
  await nextBroker(rig, brokerPid);
}

export const brokerSigkillTyping: Row = {
  name: 'broker-sigkill-typing',
  title: 'broker SIGKILL while typing',
  runs: { short: 5, full: 100 },
  target: PROCESS_DEATH,
  flaggedPerRun: 1,
  run: (context) =>
    inflictFaults(context, {
      rig: { load: 'typing' },
      lanes: 3,
      before: (rig) => healthyBroker(rig),
      inflict: killBroker,
    }),
};

export const brokerSigkillFlood: Row = {
  name: 'broker-sigkill-flood',
  title: 'broker SIGKILL while flooding',
  runs: { short: 3, full: 50 },
  target: PROCESS_DEATH,
  flaggedPerRun: 1,
  note: 'the program prints as fast as the client takes it',
  run: (context) =>
    inflictFaults(context, {
      rig: { load: 'flood' },
      lanes: 1,
      before: (rig) => healthyBroker(rig),
      inflict: killBroker,
    }),
};

export const brokerUpgrade: Row = {
  name: 'broker-upgrade',
  title: 'broker upgrade (SIGUSR2 to the keeper)',
  runs: { short: 3, full: 20 },
  target: PROCESS_DEATH,
  run: (context) =>
    inflictFaults(context, {
      rig: { load: 'typing' },
      lanes: 2,
      inflict: async (rig) => {
        const { brokerPid } = rig.server;
        process.kill(rig.server.keeperPid, 'SIGUSR2');
        await nextBroker(rig, brokerPid);
      },
    }),
};

function healthyBroker(_rig: Rig): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, HEALTHY_BROKER_MS));
}
