/** Starts a PostgreSQL in the directory given, writes its URL, and waits to be killed. */
import { EmbeddedPostgres } from '../../../src/infrastructure/embedded-postgres/embedded-postgres';

async function main(): Promise<void> {
  const server = await EmbeddedPostgres.start({ dir: process.argv[2] ?? '' });
  process.stdout.write(`${server.url()}\n`);
  setInterval(() => undefined, 60_000);
}

void main();
