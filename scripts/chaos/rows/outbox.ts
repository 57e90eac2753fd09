import fs from 'node:fs';
import path from 'node:path';
import { runOutboxCampaign } from '../../../test/support/outbox-campaign';
import { TestCluster } from '../../../test/support/test-cluster';
import { sum, type Measured } from '../result';
import type { Row, RowContext } from '../row';

/** PostgreSQL stops at once before every so many kills, and comes back two kills later. */
const STOP_EVERY = 20;
const STOP_AT = 7;
const BACK_AT = 9;

async function killWriter(context: RowContext): Promise<Measured> {
  // What PostgreSQL has said is committed must survive its immediate end.
  const postgres = await context.hold(TestCluster.start({ synchronous_commit: 'on' }));
  const directory = fs.mkdtempSync('/tmp/hf-outbox-');
  await context.hold(Promise.resolve({ stop: () => fs.rmSync(directory, { recursive: true, force: true }) }));
  let away = false;
  const result = await runOutboxCampaign({
    url: postgres.url(),
    directory: path.join(directory, 'outbox'),
    kills: context.runs,
    beforeEach: async (kill) => {
      if (kill % STOP_EVERY === STOP_AT && kill + BACK_AT - STOP_AT < context.runs) {
        await postgres.goAway();
        away = true;
      }
      if (away && kill % STOP_EVERY === BACK_AT) {
        await postgres.comeBack();
        away = false;
      }
      context.say(`${kill + 1}/${context.runs}`);
    },
  });
  const { kills, acknowledged, missing, doubled } = result;
  const remarks = [`${acknowledged} records had been acknowledged, ${missing} are missing and ${doubled} there twice`];
  return sum([{ runs: kills, lostBytes: missing, doubledBytes: doubled, remarks }]);
}

export const outboxSigkill: Row = {
  name: 'outbox-sigkill',
  title: 'SIGKILL of the process that writes the outbox',
  runs: { short: 4, full: 100 },
  note: 'lost and doubled are records in PostgreSQL; PostgreSQL itself is stopped at once five times meanwhile',
  run: killWriter,
};
