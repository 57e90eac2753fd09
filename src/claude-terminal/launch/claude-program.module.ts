import { Module } from '@nestjs/common';
import { ClaudeProgram } from './claude-program';
import { ClaudeReadiness } from './claude-readiness';

/** Whether Claude sessions can be had here. Apart from what starts them, for those who only say so. */
@Module({ providers: [ClaudeProgram, ClaudeReadiness], exports: [ClaudeReadiness] })
export class ClaudeProgramModule {}
