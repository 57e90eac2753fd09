import { Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DatabaseHealth } from './database-health';
import { HealthController } from './health.controller';
import { HealthChecks } from './health-checks';
import { ServerPhase } from './server-phase';
import { TerminalHealth } from './terminal-health';

/** Global for {@link ServerPhase}: a draining server refuses new work in more than one place. */
@Global()
@Module({
  // What is down is in the answer; a line in the log for every probe would bury the reason.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [DatabaseHealth, HealthChecks, ServerPhase, TerminalHealth],
  exports: [ServerPhase],
})
export class HealthModule {}
