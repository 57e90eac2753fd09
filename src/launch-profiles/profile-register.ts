import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { isForeignKeyViolation } from '../infrastructure/database/database-errors';
import { DomainError } from '../kernel/domain-error';
import { strictPrograms } from '../launchers/strict/strict-programs';
import { LaunchProfileEntity } from './launch-profile.entity';
import { LaunchProfiles } from './launch-profiles';
import { ProfileAssignmentEntity } from './profile-assignment.entity';
import { DEFAULT_PROFILE, type DescribedProfile, type ProfileAssignment } from './profile-policy';

/** Read as one value with every launch that is not cached. */
const MAX_PROFILES = 100;
/** … and with it who may use them. */
const MAX_ASSIGNMENTS = 2000;
/** One change of the rules at a time, on all nodes, so that the bounds hold. Any number that nobody else locks. */
const RULES_LOCK = 0x70726f66;

export interface AssignedProfile {
  readonly profile: DescribedProfile;
  readonly assignments: readonly ProfileAssignment[];
}

/** Launch profiles as administrators keep them. */
@Injectable()
export class ProfileRegister {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly launch: LaunchProfiles,
  ) {}

  async list(): Promise<AssignedProfile[]> {
    const { profiles, assignments } = await this.launch.current();
    return profiles.map((profile) => ({
      profile,
      assignments: assignments.filter((assignment) => assignment.profile === profile.name),
    }));
  }

  async get(name: string): Promise<AssignedProfile> {
    const found = (await this.list()).find(({ profile }) => profile.name === name);
    if (!found) throw noSuchProfile(name);
    return found;
  }

  async create(profile: DescribedProfile): Promise<AssignedProfile> {
    requireUsable(profile);
    await this.change(async (manager) => {
      const { name } = profile;
      if (name === DEFAULT_PROFILE || (await manager.existsBy(LaunchProfileEntity, { name }))) {
        throw new DomainError('conflict', `There is a profile "${name}" already.`);
      }
      if ((await manager.count(LaunchProfileEntity)) >= MAX_PROFILES) {
        throw new DomainError('conflict', `There are ${MAX_PROFILES} profiles already; delete one first.`);
      }
      await manager.insert(LaunchProfileEntity, { ...profile });
    });
    return this.get(profile.name);
  }

  /** What is absent stays. */
  async update(name: string, change: Partial<Omit<DescribedProfile, 'name'>>): Promise<AssignedProfile> {
    requireNotBuiltIn(name);
    await this.change(async (manager) => {
      requireUsable({ ...(await requireStored(manager, name)), ...change });
      if (Object.keys(change).length > 0) await manager.update(LaunchProfileEntity, { name }, { ...change });
    });
    return this.get(name);
  }

  /** Terminals that run it run on; they get no successor. */
  async delete(name: string): Promise<void> {
    requireNotBuiltIn(name);
    await this.change(async (manager) => {
      await requireStored(manager, name);
      await manager.delete(ProfileAssignmentEntity, { profile: name });
      await manager.delete(LaunchProfileEntity, { name });
    });
  }

  /** Replaces all that is said about who may use it. */
  async assign(name: string, assignments: readonly Omit<ProfileAssignment, 'profile'>[]): Promise<AssignedProfile> {
    try {
      await this.change(async (manager) => {
        if (name !== DEFAULT_PROFILE) await requireStored(manager, name);
        await manager.delete(ProfileAssignmentEntity, { profile: name });
        if ((await manager.count(ProfileAssignmentEntity)) + assignments.length > MAX_ASSIGNMENTS) {
          throw new DomainError('conflict', `There can be ${MAX_ASSIGNMENTS} assignments in all; remove some first.`);
        }
        if (assignments.length === 0) return;
        for (const assignment of assignments) if (assignment.isDefault) await takeOver(assignment, manager);
        await manager.insert(
          ProfileAssignmentEntity,
          assignments.map((assignment) => ({ ...assignment, profile: name })),
        );
      });
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
      throw new DomainError('project_not_found', 'One of the projects does not exist.', { cause: error });
    }
    return this.get(name);
  }

  private async change<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const result = await this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [RULES_LOCK]);
      return work(manager);
    });
    await this.launch.changed();
    return result;
  }
}

/** There is one default for each project and role: the one that was named last. */
async function takeOver(
  { projectId, role }: Pick<ProfileAssignment, 'projectId' | 'role'>,
  manager: EntityManager,
): Promise<void> {
  const where = { projectId: projectId ?? IsNull(), role: role ?? IsNull(), isDefault: true };
  await manager.update(ProfileAssignmentEntity, where, { isDefault: false });
}

async function requireStored(manager: EntityManager, name: string): Promise<LaunchProfileEntity> {
  const stored = await manager.findOneBy(LaunchProfileEntity, { name });
  if (!stored) throw noSuchProfile(name);
  return stored;
}

function requireNotBuiltIn(name: string): void {
  if (name !== DEFAULT_PROFILE) return;
  throw new DomainError(
    'conflict',
    'The profile "default" comes from the settings (SHELL_PROGRAM). Make another one, and assign "default" to those who may use it.',
  );
}

/** What could never be launched is refused now, while somebody is there who can change it. */
function requireUsable(profile: DescribedProfile): void {
  if (profile.view === 'full') {
    if (profile.binaries.length === 0) return;
    throw new DomainError(
      'bad_request',
      'Only a strict profile has a list of binaries; in a full view it would hold nothing.',
    );
  }
  const { problems } = strictPrograms(profile);
  if (problems.length > 0) throw new DomainError('bad_request', problems.join(' '), { details: { problems } });
}

function noSuchProfile(name: string): DomainError {
  return new DomainError('not_found', `There is no launch profile "${name}".`);
}
