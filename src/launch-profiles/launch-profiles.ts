import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { ErrorCode } from '@holdfast/protocol';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config/environment';
import { AccessEvents } from '../auth/access-events';
import type { ReadThrough } from '../infrastructure/cache/read-through';
import { ReadThroughs } from '../infrastructure/cache/read-throughs';
import { Disposables } from '../kernel/disposables';
import { DomainError } from '../kernel/domain-error';
import { Launchers } from '../launchers/launchers';
import { defaultProfile, type LaunchProfile } from './launch-profile';
import { LaunchProfileEntity } from './launch-profile.entity';
import { type ProfileRules, usableProfiles, type UsableProfiles } from './profile-policy';
import { ProfileAssignmentEntity } from './profile-assignment.entity';
import type { ProfileCaller } from './profile-role';

/** The bound for a change whose announcement got lost. */
const TTL_MS = 60_000;
/** All rules are one value: a few kilobytes, read at once, remembered as a whole for while the database is away. */
const KEY = 'all';

/** Who wants which profile where. */
export interface WantedProfile extends ProfileCaller {
  readonly projectId: string;
  /** Absent: the default one. */
  readonly name?: string;
}

/** Decides what runs in a terminal. Users choose among profiles; nobody but administrators says what these are. */
@Injectable()
export class LaunchProfiles implements OnApplicationShutdown {
  private readonly rules: ReadThrough<ProfileRules>;
  private readonly subscriptions = new Disposables();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly launchers: Launchers,
    readThroughs: ReadThroughs,
    events: AccessEvents,
  ) {
    this.rules = readThroughs.of({ name: 'launch-profiles', ttlMs: TTL_MS, negativeTtlMs: 0 });
    // What was assigned to a project is not for the next one of its name.
    const deleted = events.on('project.deleted', () => void this.rules.forget(KEY));
    this.subscriptions.add(() => deleted.dispose());
  }

  /** Throws `profile_not_found` for what does not exist and for what the caller may not use here. */
  async find({ name, projectId, ...caller }: WantedProfile): Promise<LaunchProfile> {
    const { profiles, defaultName } = await this.usable(caller, projectId);
    const wanted = name ?? defaultName;
    const found = profiles.find((profile) => profile.name === wanted);
    if (found) return found;
    throw notFound(name, projectId);
  }

  async usable(caller: ProfileCaller, projectId: string): Promise<UsableProfiles> {
    return usableProfiles(await this.current(), caller, projectId);
  }

  /** `default` first. */
  async current(): Promise<ProfileRules> {
    const rules = await this.rules.get(KEY, () => this.load());
    const network = await this.launchers.defaultNetwork();
    const builtIn = {
      ...defaultProfile({ program: this.config.shell.program, network }),
      description: 'The login shell.',
    };
    return { profiles: [builtIn, ...(rules?.profiles ?? [])], assignments: rules?.assignments ?? [] };
  }

  /** After a change: nobody, on any node, is given what was true before. */
  changed(): Promise<void> {
    return this.rules.invalidate(KEY);
  }

  onApplicationShutdown(): void {
    this.subscriptions.dispose();
  }

  private async load(): Promise<ProfileRules> {
    const [profiles, assignments] = await Promise.all([
      this.dataSource.getRepository(LaunchProfileEntity).find({ order: { name: 'ASC' } }),
      this.dataSource.getRepository(ProfileAssignmentEntity).find({ order: { id: 'ASC' } }),
    ]);
    return {
      profiles: profiles.map(({ createdAt: _, updatedAt: __, ...profile }) => profile),
      assignments: assignments.map(({ profile, projectId, role, isDefault }) => ({
        profile,
        projectId,
        role,
        isDefault,
      })),
    };
  }
}

export function notFound(name: string | undefined, projectId: string): DomainError {
  const where = `GET /api/projects/${projectId}/profiles lists those you may use.`;
  const what =
    name === undefined ? 'You have to name a launch profile here' : `There is no launch profile "${name}" for you here`;
  return new DomainError(ErrorCode.profileNotFound, `${what}. ${where}`);
}
