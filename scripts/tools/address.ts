import path from 'node:path';
import { loadConfig } from '../../config/environment';
import { processEnvironment } from '../../config/process-environment';
import { consoleUrl, type Endpoints } from '../../src/endpoints';
import { readJson } from './read-json';

/** Where the server is that a tool talks to. */
export interface Address {
  readonly url: string;
  /** The DATA_DIR of a server on this machine. */
  readonly dataDir: string | undefined;
}

/** The address that was given, or that of the server which serves from `dataDir`; DATA_DIR when neither is named. */
export function addressOf({ url, dataDir }: { readonly url?: string; readonly dataDir?: string }): Address {
  if (url !== undefined) return { url: url.replace(/\/+$/, ''), dataDir };
  const directory = path.resolve(dataDir ?? loadConfig(processEnvironment()).dataDir);
  const endpoints = readJson<Endpoints>(path.join(directory, 'endpoints.json'));
  if (endpoints === undefined) throw new Error(`No server runs in ${directory}; name one with --url or --data-dir.`);
  return { url: consoleUrl(endpoints).replace(/\/$/, ''), dataDir: directory };
}
