/** Exit code 1 and the missing SQL when entities and migrations differ. `check-migration-drift [URL of an empty database]` */
import 'reflect-metadata';
import fs from 'node:fs';
import path from 'node:path';
import { EmbeddedPostgres } from '../../src/infrastructure/embedded-postgres/embedded-postgres';
import { findMigrationDrift } from './migration-drift';

async function withDatabase<T>(url: string | undefined, use: (url: string) => Promise<T>): Promise<T> {
  if (url !== undefined) return use(url);
  // Under /tmp itself: the path of a Unix socket must be short.
  const root = fs.mkdtempSync('/tmp/holdfast-drift-');
  fs.chmodSync(root, 0o711);
  const server = await EmbeddedPostgres.start({ dir: path.join(root, 'pg'), settings: { fsync: 'off' } });
  try {
    return await use(server.url());
  } finally {
    await server.stop();
    fs.rmSync(root, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const drift = await withDatabase(process.argv[2], findMigrationDrift);
  if (drift.length === 0) return console.log('Entities and migrations agree.');
  console.error(['The migrations do not make what the entities say. Missing:', ...drift].join('\n'));
  process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
