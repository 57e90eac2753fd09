import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AccessEvents } from '../auth/access-events';
import type { ReadThrough } from '../infrastructure/cache/read-through';
import { ReadThroughs } from '../infrastructure/cache/read-throughs';
import { Disposables } from '../kernel/disposables';
import { ProjectEntity } from '../projects/project.entity';
import { projectNotFound } from '../projects/projects.service';

/** The bound for a deletion whose announcement got lost; until then its workspace is refused, not shared. */
const TTL_MS = 60_000;

/** Which of the projects that ever had an id is meant by it now: the time it was made, in Unix milliseconds. */
@Injectable()
export class ProjectIncarnations implements OnApplicationShutdown {
  private readonly made: ReadThrough<number>;
  private readonly subscriptions = new Disposables();

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    readThroughs: ReadThroughs,
    events: AccessEvents,
  ) {
    this.made = readThroughs.of({ name: 'project-incarnation', ttlMs: TTL_MS, negativeTtlMs: 0 });
    const deleted = events.on('project.deleted', ({ projectId }) => void this.forget(projectId));
    this.subscriptions.add(() => deleted.dispose());
  }

  async of(projectId: string): Promise<number> {
    const made = await this.made.get(projectId, async () => {
      const project = await this.dataSource.getRepository(ProjectEntity).findOneBy({ id: projectId });
      return project?.createdAt.getTime() ?? null;
    });
    if (made === null) throw projectNotFound();
    return made;
  }

  forget(projectId: string): Promise<void> {
    return this.made.forget(projectId);
  }

  onApplicationShutdown(): void {
    this.subscriptions.dispose();
  }
}
