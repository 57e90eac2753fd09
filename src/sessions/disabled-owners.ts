import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { AccessEvents } from '../auth/access-events';
import { isDatabaseUnavailable } from '../infrastructure/database/database-errors';
import { errorMessage } from '../infrastructure/startup-error';
import { Disposables } from '../kernel/disposables';
import { PtyHostClient } from '../pty-client/pty-host-client';
import { SessionRepository } from './session.repository';

/**
 * Ends what a disabled user left running on this node: whoever is locked out keeps no process that goes on for him. Conversations are
 * hibernated, so that they are there if he is let in again.
 */
@Injectable()
export class DisabledOwners implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(DisabledOwners.name);
  private readonly undo = new Disposables();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly access: AccessEvents,
    private readonly repository: SessionRepository,
    private readonly host: PtyHostClient,
  ) {}

  onModuleInit(): void {
    const { access } = this;
    // Also later, for one that was started in the same moment, or whose announcement got lost.
    const subscriptions = [access.on('user.disabled', () => this.start()), access.onMissed(() => this.start())];
    for (const subscription of subscriptions) this.undo.add(() => subscription.dispose());
  }

  onModuleDestroy(): void {
    this.undo.dispose();
  }

  private start(): void {
    this.end().catch((error: unknown) => {
      if (!isDatabaseUnavailable(error)) this.log.error(error);
    });
  }

  /** Every gateway of the node does it: ending twice is ending once. */
  private async end(): Promise<void> {
    if (!this.host.connected) return;
    for (const { sessionId, gateway } of await this.repository.aliveOfDisabled(this.config.nodeName)) {
      await this.host
        .request(gateway === 'claude' ? 'hibernate' : 'terminate', { sessionId })
        .catch((error: unknown) => this.log.warn(`${sessionId} of a disabled user: ${errorMessage(error)}`));
    }
  }
}
