import { Injectable } from '@nestjs/common';
import { SessionProcesses } from '../../sessions/session-processes';
import { ClaudeRecords } from '../records/claude-records';
import { type ClaudeAction, ClaudeActions } from '../status/claude-actions';
import { glyphOf } from '../status/title-glyph';
import { ClaudeStarter } from './claude-starter';
import { Interruptions, notInterrupted } from './interruptions';
import { PromptTyping } from './prompt-typing';

/** What people do with a session from outside of its terminal. */
@Injectable()
export class LifecycleActions extends ClaudeActions {
  constructor(
    private readonly records: ClaudeRecords,
    private readonly processes: SessionProcesses,
    private readonly starter: ClaudeStarter,
    private readonly interruptions: Interruptions,
    private readonly typing: PromptTyping,
  ) {
    super();
  }

  async continue({ session, by }: ClaudeAction): Promise<void> {
    const { storageKey: key } = session;
    // No process is made for nothing.
    if (!this.records.read(key)?.interrupted) throw notInterrupted();
    await this.starter.start(by, session);
    await this.interruptions.continue(key);
  }

  dismiss({ session }: ClaudeAction): Promise<void> {
    return this.interruptions.dismiss(session.storageKey);
  }

  /** Whatever it does is stopped as its user stops it, so that what it has said so far is kept. */
  async hibernate({ session: { storageKey: key } }: ClaudeAction): Promise<void> {
    const host = await this.processes.findIfHeld(key);
    if (!host || host.exit) return;
    const state = this.records.read(key)?.state.state;
    const isBusy = glyphOf(host.title) === 'working' || (state !== 'waiting' && state !== 'error');
    if (isBusy) await this.typing.interrupt(key);
    await this.processes.hibernate(key);
  }
}
