import fs from 'node:fs';
import type { Environment } from './environment';

/** What this process was started with. */
const inherited = { ...process.env };

let atStart: Environment | undefined;

/** The environment of this process, with what `.env` in the working directory added to it at the start. */
export function processEnvironment(): Environment {
  if (atStart) return atStart;
  if (fs.existsSync('.env')) process.loadEnvFile('.env');
  return (atStart = { ...process.env });
}

/** For a child process that reads `.env` itself, perhaps a newer one; with some settings decided here. */
export function childEnvironment(decided: Environment): NodeJS.ProcessEnv {
  return { ...inherited, ...decided };
}
