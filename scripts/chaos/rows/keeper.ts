import { eventually } from '../../../test/support/eventually';
import { monotonicMs } from '../client/messages';
import { sum, type Measured } from '../result';
import { Rig, startServer } from '../rig';
import { PROCESS_DEATH, type Row, type RowContext } from '../row';

/** The terminals that exist go on under the broker; when the last of them has ended, a new host serves new ones. */
async function killKeeper(context: RowContext): Promise<Measured> {
  const server = await context.hold(startServer());
  const parts: Partial<Measured>[] = [];
  for (let run = 1; run <= context.runs; run++) {
    const rig = await context.hold(Rig.start({ server }));
    const { keeperPid } = server;
    const from = monotonicMs();
    process.kill(keeperPid, 'SIGKILL');
    await rig.serves();
    parts.push({ runs: 1, pausesMs: [await rig.pauseSince(from)] }, await rig.verify());
    await rig.stop();
    await eventually(() => {
      if (server.keeperPid === keeperPid) throw new Error('no new host was started');
    });
    context.say(`${run}/${context.runs}`);
  }
  const afterwards = await context.hold(Rig.start({ server }));
  return sum([...parts, await afterwards.verify()]);
}

export const keeperSigkill: Row = {
  name: 'keeper-sigkill',
  title: 'keeper SIGKILL',
  runs: { short: 1, full: 5 },
  target: PROCESS_DEATH,
  note: 'the pause is that of a terminal that existed; after its end the next one is opened in a new host',
  run: killKeeper,
};
