import { Module } from '@nestjs/common';
import { SessionsModule } from '../../sessions/sessions.module';
import { UsersModule } from '../../users/users.module';
import { ClaudeStatusModule } from '../claude-status.module';
import { ClaudeLaunchModule } from '../launch/claude-launch.module';
import { ClaudeActions } from '../status/claude-actions';
import { Afterlife } from './afterlife';
import { ClaudeLifecycleModule } from './claude-lifecycle.module';
import { ClaudeSessionExtension } from './claude-session-extension';
import { ClaudeStarter } from './claude-starter';
import { GoneSessions } from './gone-sessions';
import { Hibernation } from './hibernation';
import { IdleProcesses } from './idle-processes';
import { Interruptions } from './interruptions';
import { LeaderRounds } from './leader-rounds';
import { LifecycleActions } from './lifecycle-actions';
import { PromptTyping } from './prompt-typing';
import { Revivals } from './revivals';

/** What becomes of Claude sessions between two processes, and after the last one. */
@Module({
  imports: [ClaudeLaunchModule, ClaudeLifecycleModule, ClaudeStatusModule, SessionsModule, UsersModule],
  providers: [
    Afterlife,
    ClaudeSessionExtension,
    ClaudeStarter,
    GoneSessions,
    Hibernation,
    IdleProcesses,
    Interruptions,
    LeaderRounds,
    PromptTyping,
    Revivals,
    { provide: ClaudeActions, useClass: LifecycleActions },
  ],
  exports: [ClaudeActions],
})
export class ClaudeComebacksModule {}
