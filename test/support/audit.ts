import { spawn } from 'node:child_process';
import path from 'node:path';
import { Client } from 'pg';
import type { Api } from './api';
import { eventually } from './eventually';
import { ROOT } from './root';
import type { TestServer } from './server';

export interface AuditEvent {
  readonly stream: string;
  readonly seq: number;
  readonly at: string;
  readonly code: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly actor: { readonly userId: string | null; readonly email: string | null; readonly role: string | null };
  readonly source: { readonly ip: string | null; readonly userAgent: string | null };
  readonly target: { readonly kind: string; readonly id: string } | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Newest first, as an administrator reads them. */
export async function auditEvents(admin: Api, query: Readonly<Record<string, string>> = {}): Promise<AuditEvent[]> {
  const parameters = new URLSearchParams({ limit: '200', ...query });
  const { status, body } = await admin.request<{ items: AuditEvent[] }>(
    'GET',
    `/api/admin/audit?${parameters.toString()}`,
  );
  if (status !== 200) throw new Error(`the audit log was answered with ${status}: ${JSON.stringify(body)}`);
  return body.items;
}

/** The newest such event; events come to the database in their own time. */
export function auditEvent(
  admin: Api,
  query: Readonly<Record<string, string>>,
  matches: (event: AuditEvent) => boolean = () => true,
): Promise<AuditEvent> {
  return eventually(async () => {
    const found = (await auditEvents(admin, query)).find(matches);
    if (!found) throw new Error(`no such event: ${JSON.stringify(query)}`);
    return found;
  });
}

/** `npm run audit:verify` on the database and the DATA_DIR of a server. */
export function verifyAudit(server: TestServer): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [path.join(ROOT, 'dist/scripts/audit-verify.js')], {
    cwd: server.dataDir,
    env: { PATH: process.env['PATH'], DATA_DIR: server.dataDir, DATABASE_URL: server.databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

/** As somebody who got hold of the database. */
export async function inDatabase<T>(server: TestServer, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: server.databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
