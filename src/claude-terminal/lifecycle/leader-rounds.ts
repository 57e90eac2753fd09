import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ClaudeListener } from '../../claude-api/claude-listener';
import { DomainError } from '../../kernel/domain-error';
import { Afterlife } from './afterlife';
import { Hibernation } from './hibernation';
import { Revivals } from './revivals';

/** Who asked for it waits, and for nothing else. */
const REVIVAL_MS = 5_000;
/** Limits are counted in minutes. */
const HIBERNATION_MS = 60_000;
/** Only what went wrong before is found. */
const AFTERLIFE_MS = 10 * 60_000;

/** What one gateway process of a machine, the leader, does for the Claude sessions of all from time to time. */
@Injectable()
export class LeaderRounds implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(LeaderRounds.name);
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly listener: ClaudeListener,
    private readonly revivals: Revivals,
    private readonly hibernation: Hibernation,
    private readonly afterlife: Afterlife,
  ) {}

  onModuleInit(): void {
    this.every(REVIVAL_MS, () => this.revivals.sweep());
    this.every(HIBERNATION_MS, () => this.hibernation.sweep());
    this.every(AFTERLIFE_MS, () => this.afterlife.sweep());
  }

  onModuleDestroy(): void {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
  }

  private every(intervalMs: number, round: () => Promise<void>): void {
    let running = false;
    const run = async (): Promise<void> => {
      if (running || !this.listener.isLeader) return;
      running = true;
      try {
        await round();
      } catch (error) {
        // The host or the database is away: the next round does it.
        if (error instanceof DomainError) this.log.debug(error.message);
        else this.log.error(error);
      } finally {
        running = false;
      }
    };
    this.timers.push(setInterval(() => void run(), intervalMs).unref());
  }
}
