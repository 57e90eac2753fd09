import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../../kernel/domain-error';
import { parseCompanyMessage } from '../../sharing/company-message';
import type { ChannelExtra, ChannelParts, ExtraMessage } from '../../terminal-connection/profile';
import { asDomainError } from '../../terminal-connection/refusals';
import { type ClaudeRecord, publicPermission } from '../records/claude-record';
import type { ClaudeRecords } from '../records/claude-records';
import type { ClaudeActions } from './claude-actions';
import type { PermissionAnswers } from './permission-answers';

export interface ClaudeChannelServices {
  readonly records: ClaudeRecords;
  readonly answers: PermissionAnswers;
  readonly actions: ClaudeActions;
}

/** What a channel of a Claude session tells besides the terminal: what is in its record and was not told yet. */
export class ClaudeChannel implements ChannelExtra {
  private opened = false;
  /** The JSON of what was last said, by event. */
  private readonly said = new Map<string, string>();
  /** The JSON of each permission the client knows of; as many as a record has. */
  private readonly shown = new Map<string, string>();
  /** Ids of this client's messages, by the permission they answer. */
  private readonly answering = new Map<string, string | undefined>();

  constructor(
    private readonly parts: ChannelParts,
    private readonly services: ClaudeChannelServices,
  ) {}

  onOpened(): void {
    this.opened = true;
    this.show();
  }

  onRelayed(text: string): void {
    // Before `opened` the client does not know the channel.
    if (this.opened && parseCompanyMessage(text)?.kind === 'claude') this.show();
  }

  onClient(message: ExtraMessage): void {
    const { channel, seat, wire } = this.parts;
    if (seat.role !== 'writer') {
      const refusal = new DomainError(ErrorCode.readOnly, 'You are a viewer of this terminal: others answer for it.');
      wire.error(refusal, channel, message.id);
      return wire.overstepped();
    }
    this.perform(message).catch((error: unknown) => wire.error(asDomainError(error), channel, message.id));
  }

  close(): void {
    this.opened = false;
  }

  private async perform(message: ExtraMessage): Promise<void> {
    const { session, trail } = this.parts;
    const by = this.parts.principal();
    const { key: storageKey, sessionId: id, projectId } = session;
    const action = { session: { storageKey, id, projectId }, by };
    switch (message.event) {
      case 'claude.permission.answer': {
        const { permissionId, decision, message: words, remember, answers } = message.data;
        const permission = this.record?.permissions.find((one) => one.id === permissionId);
        this.answering.set(permissionId, message.id);
        try {
          await this.services.answers.give(by, storageKey, permissionId, {
            decision,
            message: words,
            remember,
            answers,
          });
        } finally {
          this.show();
          this.answering.delete(permissionId);
        }
        const { tool } = permission ?? {};
        return trail.did('claude.permission.answered', session, { permission: permissionId, decision, tool });
      }
      case 'claude.continue':
        return this.services.actions.continue(action);
      case 'claude.dismiss':
        return this.services.actions.dismiss(action);
    }
  }

  private get record(): ClaudeRecord | undefined {
    return this.services.records.read(this.parts.session.key);
  }

  /** Permissions first: a client that came back knows with the state that it has all of them. */
  private show(): void {
    const { record } = this;
    if (!record || !this.opened) return;
    const { permissions, state, usage, notice } = record;
    const waiting = new Set(permissions.map(({ id }) => id));
    for (const id of this.shown.keys()) if (!waiting.has(id)) this.settled(id, record);
    for (const permission of permissions.map(publicPermission)) {
      const json = JSON.stringify(permission);
      if (this.shown.get(permission.id) === json) continue;
      this.shown.set(permission.id, json);
      this.say('claude.permission', permission);
    }
    this.sayNew('claude.state', state);
    if (usage) this.sayNew('claude.usage', usage);
    if (notice) this.sayNew('claude.notice', notice);
    else this.endNotice();
  }

  private settled(permissionId: string, { answered }: ClaudeRecord): void {
    this.shown.delete(permissionId);
    const answer = answered.find(({ id }) => id === permissionId);
    const { decision, by } = answer ?? {};
    const told = { permissionId, ...(decision && { decision }), ...(by && { by }) };
    this.say('claude.permission.settled', told, this.answering.get(permissionId));
  }

  private endNotice(): void {
    const last = this.said.get('claude.notice');
    if (last === undefined) return;
    this.said.delete('claude.notice');
    const notice = JSON.parse(last) as NonNullable<ClaudeRecord['notice']>;
    if (notice.active) this.say('claude.notice', { ...notice, active: false });
  }

  private sayNew(event: string, data: object): void {
    const json = JSON.stringify(data);
    if (this.said.get(event) === json) return;
    this.said.set(event, json);
    this.say(event, data);
  }

  private say(event: string, data: object, id?: string): void {
    const { channel, wire } = this.parts;
    wire.event(event, { channel, ...data }, id);
  }
}
