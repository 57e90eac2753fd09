import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../../kernel/domain-error';
import type { ClaudeRecord } from '../records/claude-record';
import { ClaudeStatus } from '../status/claude-status';
import { PromptTyping } from './prompt-typing';

const PROMPT = 'continue';

/** Work that a crash or a restart interrupted: it goes on, or is left as it is, and the first to say so decides. */
@Injectable()
export class Interruptions {
  constructor(
    private readonly status: ClaudeStatus,
    private readonly typing: PromptTyping,
  ) {}

  /** Its process runs. Throws `conflict` when nothing is interrupted (any more). */
  async continue(key: string): Promise<void> {
    const taken = await this.take(key);
    if (!taken) throw notInterrupted();
    try {
      await this.typing.prompt(key, PROMPT);
    } catch (error) {
      const { notice } = taken;
      await this.status.change(key, (record) => record && { ...record, interrupted: true, notice });
      throw error;
    }
  }

  async dismiss(key: string): Promise<void> {
    await this.take(key);
    await this.status.change(key, (record) => (record?.notice ? { ...record, notice: undefined } : record));
  }

  /** As it was before, for the one who takes it; nobody else does. */
  private async take(key: string): Promise<ClaudeRecord | undefined> {
    let taken: ClaudeRecord | undefined;
    await this.status.change(key, (record) => {
      taken = record?.interrupted ? record : undefined;
      return taken && { ...taken, interrupted: false, notice: undefined };
    });
    return taken;
  }
}

export function notInterrupted(): DomainError {
  return new DomainError(ErrorCode.conflict, 'Nothing is interrupted here, or somebody has decided about it already.');
}
