import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ErrorCode, MAX_CLAUDE_MESSAGE, type Person } from '@holdfast/protocol';
import { z } from 'zod';
import { ClaudeListener } from '../../claude-api/claude-listener';
import { Clock } from '../../kernel/clock';
import { Disposables } from '../../kernel/disposables';
import { DomainError } from '../../kernel/domain-error';
import { Ids } from '../../kernel/ids';
import { ClaudeRecords } from '../records/claude-records';
import type { PermissionRequest } from './claude-hook';
import { ClaudeStatus } from './claude-status';
import { decisionFor, type PermissionAnswer, requireAnswers } from './permission-decision';
import { permissionOf } from './permission-text';
import { MAX_PERMISSIONS } from './reduce';

export const ANSWER_CALL = 'claude.permission.answer';
/** The CLI waits 600 s for its hook. Told a moment before that the answer comes from the terminal, it goes on showing its dialog. */
const PATIENCE_MS = 590_000;

const callSchema = z.object({
  key: z.string(),
  permissionId: z.string(),
  by: z.object({ id: z.string(), email: z.string() }),
  decision: z.enum(['allow', 'deny']),
  message: z.string().max(MAX_CLAUDE_MESSAGE).optional(),
  remember: z.boolean().optional(),
  answers: z.record(z.string(), z.string()).optional(),
});

/** An answer on its way to the process that can give it to the CLI. */
export interface PermissionCall extends PermissionAnswer {
  readonly key: string;
  readonly permissionId: string;
  readonly by: Person;
}

/** The CLI's connection on which it waits for an answer. */
export interface PermissionReply {
  /** Answers the hook, once; `{}` leaves it to the terminal. */
  send(answer: object): void;
  /** The CLI does not wait any more. */
  onGone(gone: () => void): void;
}

interface Asked {
  readonly key: string;
  readonly request: PermissionRequest;
  readonly reply: PermissionReply;
  readonly timer: NodeJS.Timeout;
}

/**
 * What sessions ask, and who answers first: a card on some device, or the terminal. The connection of each question is in this
 * process, so the leader alone has a desk that is in use; what is asked is in the records, for everybody.
 */
@Injectable()
export class PermissionDesk implements OnModuleInit, OnModuleDestroy {
  private readonly asked = new Map<string, Asked>();
  private readonly undo = new Disposables();

  constructor(
    private readonly listener: ClaudeListener,
    private readonly status: ClaudeStatus,
    private readonly records: ClaudeRecords,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  onModuleInit(): void {
    const { listener, status } = this;
    listener.addControl(ANSWER_CALL, async (body) => this.answer(callSchema.parse(body)));
    const leading = listener.onLeading(() => void this.orphan(this.records.all().map(({ key }) => key)));
    const settling = status.events.on('settled', ({ permissionId, by }) => {
      // An answer from a card is on its way already.
      if (!by) this.take(permissionId)?.reply.send({});
    });
    this.undo.add(() => leading.dispose());
    this.undo.add(() => settling.dispose());
  }

  onModuleDestroy(): void {
    this.undo.dispose();
    for (const { timer } of this.asked.values()) clearTimeout(timer);
  }

  /** Shows it to everybody at the session; resolves once it is on record. The reply is sent when somebody has answered. */
  async ask(key: string, request: PermissionRequest, reply: PermissionReply): Promise<void> {
    const open = [...this.asked.values()].filter((asked) => asked.key === key);
    if (open.length >= MAX_PERMISSIONS) return reply.send({});
    const id = this.ids.uuid();
    const permission = permissionOf(request, id, this.clock.now());
    const timer = setTimeout(() => void this.expire(id), PATIENCE_MS).unref();
    this.asked.set(id, { key, request, reply, timer });
    reply.onGone(() => void this.withdraw(id));
    const reduced = await this.status.apply(key, { kind: 'asked', permission }).catch(() => undefined);
    // Nobody would see it.
    if (!reduced) this.take(id)?.reply.send({});
  }

  /** The first answer counts. Errors: `conflict`, `bad_request`. */
  async answer({ key, permissionId, by, ...answer }: PermissionCall): Promise<void> {
    const asked = this.asked.get(permissionId);
    if (!asked || asked.key !== key) throw this.refusal(key, permissionId);
    requireAnswers(asked.request, answer);
    const { decision } = answer;
    const reduced = await this.status.apply(key, { kind: 'answered', permissionId, decision, by });
    const isFirst = reduced?.settled.some((settled) => settled.permissionId === permissionId);
    if (!isFirst) throw this.refusal(key, permissionId);
    this.take(permissionId)?.reply.send(decisionFor(asked.request, answer));
  }

  private take(id: string): Asked | undefined {
    const asked = this.asked.get(id);
    if (!asked) return undefined;
    clearTimeout(asked.timer);
    this.asked.delete(id);
    return asked;
  }

  private async withdraw(id: string): Promise<void> {
    const asked = this.take(id);
    if (asked) await this.status.apply(asked.key, { kind: 'withdrawn', permissionId: id }).catch(() => undefined);
  }

  private async expire(id: string): Promise<void> {
    const asked = this.take(id);
    asked?.reply.send({});
    if (asked) await this.orphan([asked.key]);
  }

  /** Whose connection is not here can be answered in the terminal only. */
  private async orphan(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const except = new Set([...this.asked].flatMap(([id, asked]) => (asked.key === key ? [id] : [])));
      await this.status.apply(key, { kind: 'orphaned', except }).catch(() => undefined);
    }
  }

  private refusal(key: string, permissionId: string): DomainError {
    const record = this.records.read(key);
    const first = record?.answered.find(({ id }) => id === permissionId);
    if (first) {
      const details = { by: first.by, decision: first.decision };
      const did = first.decision === 'allow' ? 'allowed' : 'refused';
      return new DomainError(ErrorCode.conflict, `${first.by.email} has ${did} this already.`, { details });
    }
    if (record?.permissions.some(({ id }) => id === permissionId)) {
      const message = 'This can only be answered in the terminal now: the connection on which it was asked is gone.';
      return new DomainError(ErrorCode.conflict, message, { details: { answerable: false } });
    }
    return new DomainError(ErrorCode.conflict, 'This was answered in the terminal, or is not asked any more.');
  }
}
