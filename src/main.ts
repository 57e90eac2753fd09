import 'reflect-metadata';
import cluster from 'node:cluster';
import { Logger } from '@nestjs/common';
import { loadConfig } from '../config/environment';
import { processEnvironment } from '../config/process-environment';
import { failStart } from './fail-start';
import { PinoLogger } from './infrastructure/logging/pino-logger';
import { hardenProcess } from './kernel/harden-process';
import { serveAlone } from './serve-alone';
import { serveInCluster } from './serve-in-cluster';
import { SUPERVISED } from './supervisor/messages';
import { failSupervised, serveSupervised } from './supervisor/serve-supervised';

const isSupervised = process.argv.includes(SUPERVISED);

/** One gateway process: under the supervisor of `npm start`, in a Node or PM2 cluster, or alone. */
async function main(): Promise<void> {
  hardenProcess();
  const config = loadConfig(processEnvironment());
  const logger = new PinoLogger(config.logLevel);
  Logger.overrideLogger(logger);
  if (isSupervised) return serveSupervised(config, logger);
  if (cluster.isWorker) return serveInCluster(config, logger);
  return serveAlone(config, logger);
}

main().catch(isSupervised ? failSupervised : failStart);
