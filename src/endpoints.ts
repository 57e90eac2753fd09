import fs from 'node:fs';
import path from 'node:path';
import { writeFileAtomically } from './infrastructure/data-directory';
import type { Scheme } from './infrastructure/http/request-scheme';

export interface Ports {
  readonly http: number;
  readonly terminal: number;
  readonly claude: number;
}

/** Where the server is to be reached; what `DATA_DIR/endpoints.json` holds while it serves. */
export interface Endpoints extends Ports {
  /** Of every port: `https` means `wss`, too. */
  readonly scheme: Scheme;
  readonly host: string;
  /** Whom a signal ends the server with: the supervisor, if there is one. */
  readonly pid: number;
}

export function writeEndpoints(dataDir: string, endpoints: Endpoints): void {
  writeFileAtomically(fileIn(dataDir), `${JSON.stringify(endpoints)}\n`, 0o644);
}

/** Not that of another process that serves from the same directory by now. */
export function removeEndpoints(dataDir: string): void {
  const file = fileIn(dataDir);
  if (!fs.existsSync(file)) return;
  const { pid } = JSON.parse(fs.readFileSync(file, 'utf8')) as Endpoints;
  if (pid === process.pid) fs.rmSync(file, { force: true });
}

/** The address for a browser on this machine. */
export function consoleUrl({ scheme, host, http }: Endpoints): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${name}:${http}/`;
}

function fileIn(dataDir: string): string {
  return path.join(dataDir, 'endpoints.json');
}
