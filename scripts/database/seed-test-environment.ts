/** Makes people and projects to try things with, on the configured database. Can be run any number of times. */
import 'reflect-metadata';
import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigError, type Config, loadConfig } from '../../config/environment';
import { processEnvironment } from '../../config/process-environment';
import { AuditModule } from '../../src/audit/audit.module';
import { AuthModule } from '../../src/auth/auth.module';
import { AdminBootstrap } from '../../src/first-start/admin-bootstrap';
import { FirstStartModule } from '../../src/first-start/first-start.module';
import { CircuitBreakerModule } from '../../src/circuit-breaker/circuit-breaker.module';
import { CacheModule } from '../../src/infrastructure/cache/cache.module';
import { ControlBusModule } from '../../src/infrastructure/control-bus/control-bus.module';
import { prepareDataDirectory } from '../../src/infrastructure/data-directory';
import { DatabaseModule } from '../../src/infrastructure/database/database.module';
import { openDatabase } from '../../src/infrastructure/database/open-database';
import { PinoLogger } from '../../src/infrastructure/logging/pino-logger';
import { OutboxModule } from '../../src/infrastructure/outbox/outbox.module';
import { PlatformModule } from '../../src/infrastructure/platform.module';
import { RateLimitsModule } from '../../src/rate-limits/rate-limits.module';
import { StartupError } from '../../src/infrastructure/startup-error';
import { ProjectMembersService } from '../../src/projects/project-members.service';
import { ProjectsModule } from '../../src/projects/projects.module';
import { ProjectsService } from '../../src/projects/projects.service';
import type { UserEntity } from '../../src/users/user.entity';
import { UsersModule } from '../../src/users/users.module';
import { UsersService } from '../../src/users/users.service';

/** Known to everybody who reads this: for machines nobody else can reach. */
const PASSWORD = 'holdfast-test';
const DOMAIN = 'holdfast.local';

const USERS = ['alice', 'bob', 'carol', 'viewer'] as const;

/** The first member owns the project. */
const PROJECTS = [
  { id: 'alice-private', name: "Alice's own", members: [['alice', 'owner']] },
  {
    id: 'shared',
    name: 'Shared by the team',
    members: [
      ['alice', 'owner'],
      ['bob', 'writer'],
      ['viewer', 'viewer'],
    ],
  },
  {
    id: 'bob-tools',
    name: "Bob's tools",
    members: [
      ['bob', 'owner'],
      ['carol', 'writer'],
    ],
  },
] as const;

@Module({})
class SeedModule {
  static register(config: Config, databaseUrl: string): DynamicModule {
    return {
      module: SeedModule,
      imports: [
        PlatformModule.register(config),
        DatabaseModule.register(databaseUrl, config.database.poolSize),
        ControlBusModule.register(databaseUrl),
        CircuitBreakerModule,
        CacheModule,
        OutboxModule,
        AuditModule,
        RateLimitsModule,
        AuthModule,
        UsersModule,
        ProjectsModule,
        FirstStartModule,
      ],
    };
  }
}

async function main(): Promise<void> {
  const config = loadConfig(processEnvironment());
  if (config.production) throw new StartupError('Everybody knows the password of these users: not for production.');
  const logger = new PinoLogger(config.logLevel === 'info' ? 'warn' : config.logLevel);
  Logger.overrideLogger(logger);
  prepareDataDirectory(config.dataDir);
  const database = await openDatabase(config);
  try {
    const app = await NestFactory.createApplicationContext(SeedModule.register(config, database.url), {
      logger,
      abortOnError: false,
    });
    const administrator = await app.get(AdminBootstrap).run();
    if (administrator?.generatedPassword !== undefined) {
      console.log(`${administrator.email} has the password ${administrator.generatedPassword} (shown only this once)`);
    }
    await seed(app.get(UsersService), app.get(ProjectsService), app.get(ProjectMembersService));
    await app.close();
  } finally {
    await database.close();
  }
  console.log(`${USERS.map((name) => `${name}@${DOMAIN}`).join(', ')} have the password ${PASSWORD}.`);
}

async function seed(users: UsersService, projects: ProjectsService, members: ProjectMembersService): Promise<void> {
  const people = new Map<string, UserEntity>();
  for (const name of USERS) {
    const email = `${name}@${DOMAIN}`;
    const known = await users.findByEmail(email);
    people.set(name, known ?? (await users.create({ email, password: PASSWORD, role: 'member' })));
  }
  for (const { id, name, members: wanted } of PROJECTS) {
    const [[ownerName]] = wanted;
    const owner = people.get(ownerName);
    if (!owner) continue;
    const caller = { userId: owner.id, role: owner.role };
    await projects.ensure(caller, id);
    await projects.rename(caller, id, name);
    for (const [person, role] of wanted) await members.put(caller, id, `${person}@${DOMAIN}`, role);
  }
}

main().catch((error: unknown) => {
  const isForOperator = error instanceof ConfigError || error instanceof StartupError;
  console.error(isForOperator ? error.message : error);
  process.exitCode = 1;
});
