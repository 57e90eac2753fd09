import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ErrorCode } from '@holdfast/protocol';
import { Caller } from '../../auth/caller.decorator';
import type { Principal } from '../../auth/principal';
import { DomainError } from '../../kernel/domain-error';
import { SessionAccess } from '../../sessions/session-access';
import { type ClaudeAction, ClaudeActions } from '../status/claude-actions';

/** For whoever may type into the session. */
@ApiTags('claude')
@ApiBearerAuth()
@Controller('api/sessions/:id/claude')
export class ClaudeActionsController {
  constructor(
    private readonly access: SessionAccess,
    private readonly actions: ClaudeActions,
  ) {}

  /** Goes on with what a restart interrupted. */
  @Post('continue')
  @HttpCode(204)
  async continue(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await this.actions.continue(await this.actionOn(caller, id));
  }

  /** Leaves it as it is. */
  @Post('dismiss')
  @HttpCode(204)
  async dismiss(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await this.actions.dismiss(await this.actionOn(caller, id));
  }

  /** Ends its process; opened again, it goes on with its conversation. */
  @Post('hibernate')
  @HttpCode(204)
  async hibernate(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await this.actions.hibernate(await this.actionOn(caller, id));
  }

  private async actionOn(caller: Principal, id: string): Promise<ClaudeAction> {
    const session = await this.access.findTypable(caller, id);
    if (session.gateway === 'claude') return { session, by: caller };
    throw new DomainError(ErrorCode.badRequest, 'This is not a Claude session.');
  }
}
