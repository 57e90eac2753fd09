import fs from 'node:fs';
import type { Environment } from './environment';

/** The environment of this process, with what `.env` in the working directory adds to it. */
export function processEnvironment(): Environment {
  if (fs.existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/** The same settings for a child process, with some of them decided here. */
export function childEnvironment(decided: Environment): NodeJS.ProcessEnv {
  return { ...process.env, ...decided };
}
