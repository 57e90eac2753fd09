import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CLAUDE_STATES, type ClaudeAttention } from '@holdfast/protocol';
import { z } from 'zod';
import { ControlBus, type ControlMessage } from '../../infrastructure/control-bus/control-bus';
import type { Disposable } from '../../kernel/disposables';
import { SessionStore } from '../../sessions/session-store';
import { Connections } from '../../terminal-connection/connections';
import type { ClaudeRecord } from '../records/claude-record';
import { attentionOf } from './attention';

const TOPIC = 'claude.attention';
/** Sessions whose news wait for their names. Beyond it the oldest go: lists are read anew now and then. */
const MAX_WAITING = 1_000;

const newsSchema = z.object({
  ownerId: z.uuid(),
  attention: z.object({
    sessionId: z.string(),
    projectId: z.string(),
    name: z.string(),
    needsMe: z.boolean(),
    summary: z.string().optional(),
    state: z.enum(CLAUDE_STATES),
    since: z.number(),
    until: z.number().optional(),
    tool: z.string().optional(),
    kind: z.string().optional(),
    message: z.string().optional(),
  }),
}) satisfies z.ZodType<{ ownerId: string; attention: ClaudeAttention }>;

/** What became of a session, to every socket of its owner, on every gateway of every node. */
@Injectable()
export class AttentionFeed implements OnModuleInit, OnModuleDestroy {
  /** The newest of each session, in the order in which they came. */
  private readonly waiting = new Map<string, ClaudeRecord>();
  private telling = false;
  private subscription: Disposable | undefined;

  constructor(
    private readonly connections: Connections,
    private readonly bus: ControlBus,
    private readonly sessions: SessionStore,
  ) {}

  onModuleInit(): void {
    this.subscription = this.bus.onMessage((message) => this.onMessage(message));
  }

  onModuleDestroy(): void {
    this.subscription?.dispose();
  }

  tell(record: ClaudeRecord): void {
    this.waiting.delete(record.key);
    this.waiting.set(record.key, record);
    const [oldest] = this.waiting.keys();
    if (this.waiting.size > MAX_WAITING && oldest !== undefined) this.waiting.delete(oldest);
    if (!this.telling) void this.pump();
  }

  /** One after the other, so that nobody hears the past last. */
  private async pump(): Promise<void> {
    this.telling = true;
    for (const [key, record] of this.waiting) {
      this.waiting.delete(key);
      const session = await this.sessions.findByKey(key).catch(() => null);
      const { ownerId } = record;
      const attention = attentionOf(record, session);
      this.connections.tell(ownerId, 'claude.attention', attention);
      this.bus.publish({ topic: TOPIC, payload: { ownerId, attention } });
    }
    this.telling = false;
  }

  private onMessage({ topic, payload }: ControlMessage): void {
    if (topic !== TOPIC) return;
    const { data } = newsSchema.safeParse(payload);
    if (data) this.connections.tell(data.ownerId, 'claude.attention', data.attention);
  }
}
