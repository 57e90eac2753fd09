import fs from 'node:fs';
import type { Environment } from './environment';

/** The environment of this process, with what `.env` in the working directory adds to it. */
export function processEnvironment(): Environment {
  if (fs.existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}
