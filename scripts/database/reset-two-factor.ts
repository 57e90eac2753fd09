/** Takes the second factor from a user, and ends every login of theirs: `npm run two-factor:reset -- E-MAIL-ADDRESS` */
import 'reflect-metadata';
import { type DynamicModule, type INestApplicationContext, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigError, type Config, loadConfig } from '../../config/environment';
import { processEnvironment } from '../../config/process-environment';
import { AuditLog } from '../../src/audit/audit-log';
import { AuditModule } from '../../src/audit/audit.module';
import { AuthModule } from '../../src/auth/auth.module';
import { TwoFactor } from '../../src/auth/two-factor';
import { CircuitBreakerModule } from '../../src/circuit-breaker/circuit-breaker.module';
import { ControlBusModule } from '../../src/infrastructure/control-bus/control-bus.module';
import { DatabaseModule } from '../../src/infrastructure/database/database.module';
import { openDatabase } from '../../src/infrastructure/database/open-database';
import { PinoLogger } from '../../src/infrastructure/logging/pino-logger';
import { OutboxModule } from '../../src/infrastructure/outbox/outbox.module';
import { PlatformModule } from '../../src/infrastructure/platform.module';
import { RateLimitsModule } from '../../src/rate-limits/rate-limits.module';
import { StartupError } from '../../src/infrastructure/startup-error';
import { UsersModule } from '../../src/users/users.module';
import { UsersService } from '../../src/users/users.service';

@Module({})
class ResetModule {
  static register(config: Config, databaseUrl: string): DynamicModule {
    return {
      module: ResetModule,
      imports: [
        PlatformModule.register(config),
        DatabaseModule.register(databaseUrl, config.database.poolSize),
        ControlBusModule.register(databaseUrl),
        CircuitBreakerModule,
        OutboxModule,
        AuditModule,
        RateLimitsModule,
        AuthModule,
        UsersModule,
      ],
    };
  }
}

async function main(email: string | undefined): Promise<void> {
  if (email === undefined) throw new StartupError('Say whose: npm run two-factor:reset -- somebody@example.com');
  const config = loadConfig(processEnvironment());
  const logger = new PinoLogger(config.logLevel === 'info' ? 'warn' : config.logLevel);
  Logger.overrideLogger(logger);
  const database = await openDatabase(config);
  try {
    const module = ResetModule.register(config, database.url);
    const app = await NestFactory.createApplicationContext(module, { logger, abortOnError: false });
    try {
      await reset(app, email);
    } finally {
      await app.close();
    }
  } finally {
    await database.close();
  }
  console.log(
    `${email} logs in with the password alone, and enrolls again where that is required. Every login has ended.`,
  );
}

async function reset(app: INestApplicationContext, email: string): Promise<void> {
  const user = await app.get(UsersService).findByEmail(email);
  if (!user) throw new StartupError(`There is no user with the e-mail address ${email}.`);
  await app.get(TwoFactor).reset(user.id);
  const target = { kind: 'user', id: user.id };
  await app.get(AuditLog).durable({ code: 'mfa.removed', outcome: 'ok', target, data: { by: 'two-factor:reset' } });
}

main(process.argv[2]).catch((error: unknown) => {
  const isForOperator = error instanceof ConfigError || error instanceof StartupError;
  console.error(isForOperator ? error.message : error);
  process.exitCode = 1;
});
