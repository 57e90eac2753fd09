import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In, LessThan } from 'typeorm';
import { AccessEvents } from '../auth/access-events';
import { ServerPhase } from '../health/server-phase';
import { Clock } from '../kernel/clock';
import { Disposables } from '../kernel/disposables';
import { DeletedProjectEntity } from './deleted-project.entity';
import { Workspaces } from './workspaces';

/** For what the announcement of a deletion did not reach, and for files of which somebody held the place. */
const SWEEP_MS = 10 * 60_000;
/** Ids in one query. */
const BATCH = 500;
/** A machine that was away for longer keeps files that nobody can reach. */
const REMEMBERED_MS = 90 * 86_400_000;

/**
 * Removes the workspaces of deleted projects: at once when the deletion is announced, and from time to time what an earlier process
 * began or another node deleted. Nothing is removed because the database does not know a project, only because it knows that this
 * very one was deleted: somebody may have connected the wrong database.
 */
@Injectable()
export class WorkspaceRemoval implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger(WorkspaceRemoval.name);
  private readonly subscriptions = new Disposables();
  private sweeping: Promise<void> | undefined;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly workspaces: Workspaces,
    private readonly events: AccessEvents,
    private readonly phase: ServerPhase,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    for (const subscription of [
      this.events.on('project.deleted', () => this.start()),
      this.events.onMissed(() => this.start()),
    ]) {
      this.subscriptions.add(() => subscription.dispose());
    }
    this.phase.whenServing(() => {
      const timer = setInterval(() => this.start(), SWEEP_MS).unref();
      this.subscriptions.add(() => clearInterval(timer));
      this.start();
    });
  }

  onApplicationShutdown(): void {
    this.subscriptions.dispose();
  }

  /** Who calls while it runs gets another run after it. */
  private start(): void {
    this.sweeping = (this.sweeping ?? Promise.resolve()).then(() => this.sweep());
  }

  private async sweep(): Promise<void> {
    try {
      const ids = this.workspaces.projectIds();
      for (let at = 0; at < ids.length; at += BATCH) await this.discard(ids.slice(at, at + BATCH));
      await this.workspaces.removeDiscarded();
      const before = new Date(this.clock.now() - REMEMBERED_MS);
      await this.dataSource.getRepository(DeletedProjectEntity).delete({ deletedAt: LessThan(before) });
    } catch (error) {
      // Without the database, or with a file nobody may remove: the next sweep tries again.
      this.log.debug(`Workspaces were not swept: ${String(error)}`);
    }
  }

  private async discard(ids: readonly string[]): Promise<void> {
    const deleted = await this.dataSource.getRepository(DeletedProjectEntity).findBy({ id: In([...ids]) });
    for (const { id, madeAt } of deleted) this.workspaces.discard(id, madeAt.getTime());
  }
}
