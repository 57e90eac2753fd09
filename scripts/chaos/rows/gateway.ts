import { setTimeout as sleep } from 'node:timers/promises';
import { kill } from '../../../test/support/pty-host';
import { inflictFaults, type FaultPlan, type Lane } from '../faults';
import { Rig } from '../rig';
import { HALF_OPEN_LINK, PROCESS_DEATH, STABLE_MS, type Row, type RowContext } from '../row';

/** Connections that do not move in this time are closed at a roll; ours move at once. */
const DRAIN = { DRAIN_TIMEOUT_MS: '5000' };
/** Long enough for every timeout on the way; then it goes on as if nothing had happened. */
const STOPPED_MS = 20_000;
const SHORT_STOPPED_MS = 4_000;
/** For what it had in hand when it was stopped. */
const AWAKE_MS = 1_000;

function plan(
  context: RowContext,
  change: Partial<FaultPlan<Lane>> & Pick<FaultPlan<Lane>, 'inflict'>,
): FaultPlan<Lane> {
  return {
    lanes: 4,
    start: async () => ({ rig: await context.hold(Rig.start({ supervised: true, env: DRAIN })) }),
    ready: ({ rig }) => rig.server.gateways.settled(),
    calm: ({ rig }) => rig.connectedFor(STABLE_MS),
    ...change,
  };
}

async function killGateway({ rig }: Lane): Promise<void> {
  const { reconnects } = await rig.status();
  rig.server.gateways.kill();
  await rig.reconnected(reconnects);
}

export const gatewaySigkill: Row = {
  name: 'gateway-sigkill',
  title: 'gateway SIGKILL',
  runs: { short: 1, full: 100 },
  target: PROCESS_DEATH,
  note: 'the spare is warm and the client has been connected for 10 s before each kill',
  run: (context) => inflictFaults(context, plan(context, { inflict: killGateway })),
};

export const gatewaySigkillAgain: Row = {
  name: 'gateway-sigkill-again',
  title: 'gateway SIGKILL, and its successor’s at once',
  runs: { short: 1, full: 8 },
  note: 'nobody waits for another spare, nor for the client to trust the connection: it waits up to 1 s before its second try',
  run: (context) =>
    inflictFaults(
      context,
      plan(context, {
        inflict: async (lane) => {
          await killGateway(lane);
          await lane.rig.serves();
          await killGateway(lane);
        },
      }),
    ),
};

export const gracefulRoll: Row = {
  name: 'graceful-roll',
  title: 'rolling restart of the gateways',
  runs: { short: 1, full: 20 },
  target: PROCESS_DEATH,
  run: (context) =>
    inflictFaults(
      context,
      plan(context, {
        lanes: 2,
        calm: undefined,
        inflict: ({ rig }) => rig.server.gateways.roll(),
      }),
    ),
};

export const gatewaySigstop: Row = {
  name: 'gateway-sigstop',
  title: 'gateway SIGSTOP for 20 s',
  runs: { short: 1, full: 3 },
  target: HALF_OPEN_LINK,
  note: 'half-open: the socket stays, answers do not come',
  run: (context) =>
    inflictFaults(
      context,
      plan(context, {
        inflict: async ({ rig }, _run, { short }) => {
          const { reconnects } = await rig.status();
          const pid = rig.server.gateways.kill('SIGSTOP');
          try {
            await rig.reconnected(reconnects);
            await sleep(short ? SHORT_STOPPED_MS : STOPPED_MS);
          } finally {
            kill(pid, 'SIGCONT');
          }
          // Two serve now, and none is spare; the next run begins like this one.
          await sleep(AWAKE_MS);
          kill(pid, 'SIGKILL');
        },
      }),
    ),
};
