import { Injectable } from '@nestjs/common';
import type { ChannelExtra, ChannelParts } from '../../terminal-connection/profile';
import { ClaudeRecords } from '../records/claude-records';
import { ClaudeActions } from './claude-actions';
import { ClaudeChannel } from './claude-channel';
import { PermissionAnswers } from './permission-answers';

/** Makes what a channel of a Claude session has besides the terminal. */
@Injectable()
export class ClaudeChannels {
  constructor(
    private readonly records: ClaudeRecords,
    private readonly answers: PermissionAnswers,
    private readonly actions: ClaudeActions,
  ) {}

  of(parts: ChannelParts): ChannelExtra {
    const { records, answers, actions } = this;
    return new ClaudeChannel(parts, { records, answers, actions });
  }
}
