import fs from 'node:fs';
import type { Environment } from './environment';

/** What this process was started with. */
const inherited = { ...process.env };

/** The environment of this process, with what `.env` in the working directory adds to it. */
export function processEnvironment(): Environment {
  if (fs.existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/** For a child process that reads `.env` itself, perhaps a newer one; with some settings decided here. */
export function childEnvironment(decided: Environment): NodeJS.ProcessEnv {
  return { ...inherited, ...decided };
}
