import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config/environment';
import { Clock } from '../kernel/clock';
import { DatabaseTask } from '../infrastructure/database/database-task';
import { Disposables } from '../kernel/disposables';
import { AccessEvents } from './access-events';
import { LoginFamilyEntity } from './login-family.entity';
import { RecentRevocations } from './recent-revocations';

/** Keeps {@link RecentRevocations} true: from events, and from the database where events may have been missed. */
@Injectable()
export class RevocationFeed implements OnModuleInit, OnApplicationShutdown {
  private readonly subscriptions = new Disposables();
  private readonly catchingUp = new DatabaseTask(RevocationFeed.name, () => this.catchUp());

  constructor(
    private readonly revocations: RecentRevocations,
    private readonly events: AccessEvents,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onModuleInit(): Promise<void> {
    const { events, revocations } = this;
    for (const subscription of [
      events.on('login.revoked', ({ loginId }) => revocations.addLogin(loginId)),
      events.on('user.revoked', ({ userId }) => revocations.addUser(userId)),
      events.onMissed(() => this.catchingUp.start()),
      this.catchingUp,
    ]) {
      this.subscriptions.add(() => subscription.dispose());
    }
    // Without the database, what this node was told before has to do.
    await this.catchingUp.run();
  }

  onApplicationShutdown(): void {
    this.subscriptions.dispose();
  }

  private async catchUp(): Promise<void> {
    const since = new Date(this.clock.now() - this.config.auth.accessTokenTtlSeconds * 1000);
    const revoked = await this.dataSource
      .getRepository(LoginFamilyEntity)
      .createQueryBuilder('family')
      .select('family.id')
      .where('family.revoked_at > :since', { since })
      .getMany();
    for (const { id } of revoked)
      if (!this.revocations.hasLogin(id)) this.events.emitHere('login.revoked', { loginId: id });
  }
}
