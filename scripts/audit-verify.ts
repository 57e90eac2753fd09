/** Finds what was edited, removed, swapped or cut in the audit log. `npm run audit:verify -- --help` */
import 'reflect-metadata';
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { loadConfig } from '../config/environment';
import { processEnvironment } from '../config/process-environment';
import { headsInLog, verifyAudit } from '../src/audit/audit-verification';
import { AuditKeys } from '../src/audit/chain/audit-keys';
import { describeFinding } from '../src/audit/chain/finding';
import type { Query } from '../src/audit/table/read-rows';
import { HeadFiles } from '../src/audit/table/head-files';
import { prepareDataDirectory } from '../src/infrastructure/data-directory';
import { openDatabase } from '../src/infrastructure/database/open-database';
import { PinoLogger } from '../src/infrastructure/logging/pino-logger';
import { visible } from '../src/kernel/visible-text';

const USAGE = `usage: npm run audit:verify -- [--heads FILE …]
  Looks through the whole audit log of DATABASE_URL, or of the embedded database of DATA_DIR (running or stopped).
  --heads FILE  a server's log: where it says that a stream had gone further than the table does, the end was cut
Exit codes: 0 nothing is missing or changed, 1 something is, 2 it could not be looked at.`;
const NOT_VERIFIED = 2;
/** Beyond it the rest is only counted. */
const MAX_PRINTED = 1000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { heads: { type: 'string', multiple: true, default: [] }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const config = loadConfig(processEnvironment());
  Logger.overrideLogger(new PinoLogger('error'));
  prepareDataDirectory(config.dataDir);
  const keys = AuditKeys.find(config);
  if (!keys) throw new Error('There is no key here: set AUDIT_KEY, or DATA_DIR to where secrets/audit is.');
  const heads = [
    ...HeadFiles.in(config.dataDir).readAll(),
    ...values.heads.flatMap((file) => headsInLog(fs.readFileSync(file, 'utf8'))),
  ];
  const database = await openDatabase(config);
  const client = new Client({ connectionString: database.url });
  try {
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const query = (async (sql, parameters) => (await client.query(sql, parameters)).rows as unknown) as Query;
    let printed = 0;
    const { events, streams, dropped, findings } = await verifyAudit({
      query,
      keys,
      heads,
      report: (finding) => {
        if (printed++ < MAX_PRINTED) console.log(visible(describeFinding(finding)));
      },
    });
    if (findings > MAX_PRINTED) console.log(`… and ${findings - MAX_PRINTED} more.`);
    const looked = `${events} events of ${streams} streams; ${dropped} older ones were dropped with a signed checkpoint.`;
    console.log(findings === 0 ? `${looked} Nothing is missing or changed.` : `${looked} ${findings} findings.`);
    return findings === 0 ? 0 : 1;
  } finally {
    await client.end().catch(() => undefined);
    await database.close();
  }
}

void main()
  .catch((error: unknown) => {
    console.error(visible(error instanceof Error ? error.message : String(error)));
    return NOT_VERIFIED;
  })
  .then((code) => (process.exitCode = code));
