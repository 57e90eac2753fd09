import path from 'node:path';
import type { LoggerService } from '@nestjs/common';
import type { Config } from '../../config/environment';
import { childEnvironment } from '../../config/process-environment';
import { removeEndpoints, writeEndpoints } from '../endpoints';
import { greet } from '../greeting';
import { prepareDataDirectory } from '../infrastructure/data-directory';
import { EmbeddedPostgres } from '../infrastructure/embedded-postgres/embedded-postgres';
import { schemeOf } from '../infrastructure/http/request-scheme';
import { errorMessage, StartupError } from '../infrastructure/startup-error';
import type { Departure } from '../terminal-connection/connections';
import { GatewayProcess } from './gateway-process';
import { Gateways } from './gateways';
import { openListeners, portsOf } from './listeners';
import { roll } from './roll';
import { StateFile, type SupervisorState } from './state-file';

/** The first start migrates, and PostgreSQL may have a log to replay. */
const START_TIMEOUT_MS = 10 * 60_000;
/** PostgreSQL connections of a gateway besides its pool, and of people who look. */
const OTHER_CONNECTIONS = 4;
const MIN_CONNECTIONS = 100;

/** What outlives every gateway: the ports, the embedded database, and the will to have gateways. */
export class Supervisor {
  private readonly state: StateFile;
  private rolls: SupervisorState['roll'] = { number: 0, state: 'idle' };
  private rolling: Promise<void> | undefined;
  private rollAgain = false;

  private constructor(
    private readonly config: Config,
    private readonly log: LoggerService,
    private readonly gateways: Gateways,
    private readonly closeDatabase: () => Promise<void>,
  ) {
    this.state = new StateFile(config.dataDir);
    gateways.events.on('changed', () => this.writeState());
  }

  /** Resolves when the server serves. */
  static async start(config: Config, log: LoggerService): Promise<Supervisor> {
    prepareDataDirectory(config.dataDir);
    const listeners = await openListeners(config);
    const database = await openDatabase(config, log);
    const env = childEnvironment(database ? { DATABASE_URL: database.url() } : {});
    const { processes, spare } = config.gateways;
    const launch = (generation: number): GatewayProcess => new GatewayProcess({ generation, listeners, env });
    const gateways = new Gateways({ processes, spare, launch, log });
    const supervisor = new Supervisor(config, log, gateways, async () => database?.stop());
    try {
      const { newAdministrator } = await gateways.start(START_TIMEOUT_MS);
      const { host } = config;
      const endpoints = { scheme: schemeOf(config), host, ...portsOf(listeners), pid: process.pid };
      writeEndpoints(config.dataDir, endpoints);
      greet(endpoints, newAdministrator);
      return supervisor;
    } catch (error) {
      gateways.kill();
      await database?.stop();
      // Its own sentence is on standard error already.
      throw new GatewayFailed(errorMessage(error));
    }
  }

  /** Asked again meanwhile, it rolls once more: there may be another build. */
  roll(): void {
    if (this.rolling) this.rollAgain = true;
    else this.rolling = this.rollOnce().finally(() => this.rolled());
  }

  async stop(departure: Departure): Promise<void> {
    this.rollAgain = false;
    removeEndpoints(this.config.dataDir);
    await this.gateways.stop(departure);
    await this.closeDatabase();
    await this.state.remove();
  }

  kill(): void {
    this.gateways.kill();
  }

  private async rollOnce(): Promise<void> {
    const number = this.rolls.number + 1;
    this.setRoll({ number, state: 'rolling' });
    this.log.log('Replacing the gateways, one at a time.', 'Supervisor');
    const since = performance.now();
    try {
      await roll(this.gateways, this.departure);
      const seconds = ((performance.now() - since) / 1000).toFixed(1);
      this.log.log(`All gateways were replaced in ${seconds} s.`, 'Supervisor');
      this.setRoll({ number, state: 'done' });
    } catch (error) {
      const reason = errorMessage(error);
      this.log.error(`The new gateway did not become ready, so the old ones go on: ${reason}`, 'Supervisor');
      this.setRoll({ number, state: 'failed', reason });
    }
  }

  private rolled(): void {
    this.rolling = undefined;
    if (!this.rollAgain) return;
    this.rollAgain = false;
    this.roll();
  }

  private get departure(): Departure {
    return { reason: 'deploy', timeoutMs: this.config.gateways.drainTimeoutMs, othersAccept: true };
  }

  private setRoll(roll: SupervisorState['roll']): void {
    this.rolls = roll;
    this.writeState();
  }

  private writeState(): void {
    const gateways = this.gateways.all.map((gateway) => ({
      pid: gateway.pid ?? 0,
      generation: gateway.generation,
      state: this.gateways.isStalled(gateway) ? ('stalled' as const) : gateway.state,
    }));
    this.state.write({ pid: process.pid, roll: this.rolls, gateways });
  }
}

/** A gateway could not start, and has said why. */
export class GatewayFailed extends StartupError {}

/** With this process, not with a gateway: it outlives each of them. */
async function openDatabase(config: Config, log: LoggerService): Promise<EmbeddedPostgres | undefined> {
  if (config.database.url !== undefined) return undefined;
  const gateways = config.gateways.processes + 2;
  const connections = Math.max(MIN_CONNECTIONS, gateways * (config.database.poolSize + OTHER_CONNECTIONS));
  return EmbeddedPostgres.start({
    dir: path.join(config.dataDir, 'postgres'),
    settings: { max_connections: String(connections) },
    onRestart: (reason) => void log.warn(`PostgreSQL ended and is started again: ${reason}`, 'EmbeddedPostgres'),
  });
}
