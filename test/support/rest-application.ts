import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import { type DynamicModule, type LoggerService, Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Config, type Environment, loadConfig } from '../../config/environment';
import { AdminModule } from '../../src/admin/admin.module';
import { AuditModule } from '../../src/audit/audit.module';
import { AuthModule } from '../../src/auth/auth.module';
import { CircuitBreakerModule } from '../../src/circuit-breaker/circuit-breaker.module';
import { AdminBootstrap } from '../../src/first-start/admin-bootstrap';
import { FirstStartModule } from '../../src/first-start/first-start.module';
import { HealthModule } from '../../src/health/health.module';
import { ClaudeHealth } from '../../src/health/claude-health';
import { LauncherHealth } from '../../src/health/launcher-health';
import { PtyHostHealth } from '../../src/health/pty-host-health';
import { ServerPhase } from '../../src/health/server-phase';
import { setUpHttp } from '../../src/http-surface';
import { CacheModule } from '../../src/infrastructure/cache/cache.module';
import { ControlBusModule } from '../../src/infrastructure/control-bus/control-bus.module';
import { DatabaseModule } from '../../src/infrastructure/database/database.module';
import { ErrorFilter } from '../../src/infrastructure/http/error.filter';
import { HttpAdapter } from '../../src/infrastructure/http/http-adapter';
import { webServers } from '../../src/infrastructure/http/web-server';
import { OutboxModule } from '../../src/infrastructure/outbox/outbox.module';
import { PlatformModule } from '../../src/infrastructure/platform.module';
import { MonitoringModule } from '../../src/monitoring/monitoring.module';
import { SessionStats } from '../../src/monitoring/session-stats';
import { ProjectsModule } from '../../src/projects/projects.module';
import { RateLimitsModule } from '../../src/rate-limits/rate-limits.module';
import type { UserRole } from '../../src/users/user-role';
import { SettingsModule } from '../../src/settings/settings.module';
import { createTestDatabase } from './database';
import { RestClient, type Tokens } from './rest-client';

export const ADMIN = { email: 'admin@test.local', password: 'admin password' };

/** What suites expect to fail they see in the answer; the rest they see here. */
const ERRORS_ONLY: LoggerService = {
  log: () => undefined,
  warn: () => undefined,
  error: (message: unknown, ...rest: unknown[]) => console.error(message, ...rest),
};

const HEALTHY: PtyHostHealth = { check: async () => ({ up: true, details: {} }) };
const DIRECT: LauncherHealth = { check: () => ({ ok: true, details: { launcher: 'direct' } }) };
const NO_CLAUDE: ClaudeHealth = { check: async () => ({ version: null }) };
const NO_SESSIONS: SessionStats = { snapshot: async () => ({ open: 0 }) };

export interface RestApplicationOptions {
  readonly env?: Environment;
  readonly ptyHost?: PtyHostHealth;
}

/** The REST side of a server, in this process and without terminals, on a database of its own. */
export class RestApplication {
  private constructor(
    readonly app: NestExpressApplication,
    readonly databaseUrl: string,
    private readonly cleanUps: readonly (() => unknown)[],
  ) {}

  /** Several of them on one `DATABASE_URL` are nodes of one installation. */
  static async start({ env = {}, ptyHost = HEALTHY }: RestApplicationOptions = {}): Promise<RestApplication> {
    const dataDir = fs.mkdtempSync('/tmp/holdfast-data-');
    const cleanUps: (() => unknown)[] = [() => fs.rmSync(dataDir, { recursive: true, force: true })];
    const settings: Record<string, string | undefined> = {
      DATA_DIR: dataDir,
      JWT_SECRET: 'one secret for every node in a test',
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      ...env,
    };
    if (settings['DATABASE_URL'] === undefined) {
      const database = await createTestDatabase();
      cleanUps.unshift(() => database.drop());
      settings['DATABASE_URL'] = database.url;
    }
    const config = loadConfig(settings);
    const module = restModule(config, settings['DATABASE_URL'], ptyHost);
    const options = { logger: ERRORS_ONLY, bodyParser: false, abortOnError: false };
    const app = await NestFactory.create<NestExpressApplication>(
      module,
      new HttpAdapter(webServers(undefined)),
      options,
    );
    setUpHttp(app, config);
    await app.listen(0, '127.0.0.1');
    await app.get(AdminBootstrap).run();
    app.get(ServerPhase).advance('serving');
    return new RestApplication(app, settings['DATABASE_URL'], cleanUps);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.app.getHttpServer().address() as AddressInfo).port}`;
  }

  /** Without a credential, or with that of a login. */
  client(tokens?: Pick<Tokens, 'accessToken'>): RestClient {
    return new RestClient(this.url, tokens?.accessToken);
  }

  async login(credentials: { email: string; password: string } = ADMIN): Promise<Tokens> {
    const { status, body } = await this.client().post<Tokens>('/api/auth/login', credentials);
    if (status !== 200) throw new Error(`login of ${credentials.email}: ${JSON.stringify(body)}`);
    return body;
  }

  /** Makes a user and logs them in. */
  async loginAs(email: string, role: UserRole = 'member'): Promise<Tokens> {
    const credentials = { email, password: `password of ${email}` };
    await this.client(await this.login()).post('/api/admin/users', { ...credentials, role });
    return this.login(credentials);
  }

  async stop(): Promise<void> {
    await this.app.close();
    for (const cleanUp of this.cleanUps) await cleanUp();
  }
}

function restModule(config: Config, url: string, ptyHost: PtyHostHealth): DynamicModule {
  const standIns = {
    module: StandInsModule,
    global: true,
    providers: [
      { provide: PtyHostHealth, useValue: ptyHost },
      { provide: LauncherHealth, useValue: DIRECT },
      { provide: ClaudeHealth, useValue: NO_CLAUDE },
      { provide: SessionStats, useValue: NO_SESSIONS },
    ],
    exports: [PtyHostHealth, LauncherHealth, ClaudeHealth, SessionStats],
  };
  return {
    module: RestModule,
    imports: [
      standIns,
      PlatformModule.register(config),
      DatabaseModule.register(url, config.database.poolSize),
      ControlBusModule.register(url),
      OutboxModule,
      CircuitBreakerModule,
      CacheModule,
      AuditModule,
      RateLimitsModule,
      SettingsModule,
      AuthModule,
      ProjectsModule,
      AdminModule,
      FirstStartModule,
      HealthModule,
      MonitoringModule,
    ],
    providers: [{ provide: APP_FILTER, useClass: ErrorFilter }],
  };
}

@Module({})
class StandInsModule {}

@Module({})
class RestModule {}
