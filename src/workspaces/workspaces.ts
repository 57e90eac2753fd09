import { Inject, Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../config/environment';
import { DomainError } from '../kernel/domain-error';
import { requireProjectId } from '../projects/project-id';
import { ClaudeDirectories } from './claude-directories';
import { DiscardedDirectories } from './discarded-directories';
import { NamedDirectories } from './named-directories';
import { ProjectIncarnations } from './project-incarnations';
import { type Place, UsageWatch } from './usage-watch';
import { WorkspaceMarks } from './workspace-marks';

/** Where a shell may write: both canonical, and checked at this moment. */
export interface ShellPlaces {
  readonly workspace: string;
  readonly home: string;
}

/** Longer than any id of ours; whatever a name is, it must be one of a file. */
const HOME_NAME = /^[A-Za-z0-9-]{1,64}$/;

/** The files of projects and users: DATA_DIR/workspaces/{projectId}, DATA_DIR/homes/{userId}, and those of Claude sessions. */
@Injectable()
export class Workspaces {
  private readonly workspaces: NamedDirectories;
  private readonly homes: NamedDirectories;
  private readonly claude: ClaudeDirectories;
  private readonly discarded: DiscardedDirectories;
  private readonly marks: WorkspaceMarks;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly incarnations: ProjectIncarnations,
    private readonly usage: UsageWatch,
  ) {
    const { dataDir } = config;
    this.workspaces = new NamedDirectories(dataDir, 'workspaces');
    this.homes = new NamedDirectories(dataDir, 'homes');
    this.claude = new ClaudeDirectories(dataDir);
    this.discarded = new DiscardedDirectories(new NamedDirectories(dataDir, 'removed'));
    this.marks = new WorkspaceMarks(dataDir);
  }

  /** For a new terminal. Errors: `workspace_unusable`, `workspace_full`, `project_not_found`, `conflict`. */
  async prepare(projectId: string, userId: string): Promise<ShellPlaces> {
    requireProjectId(projectId);
    const incarnation = await this.incarnations.of(projectId);
    const places = { workspace: this.workspaceOf(projectId, incarnation), home: this.homes.ensure(homeName(userId)) };
    await this.usage.requireRoom(this.workspacePlace(projectId), userId);
    await this.usage.requireRoom(this.homePlace(userId), userId);
    return places;
  }

  /** For a new Claude session of this user, in whatever project. Error: `workspace_full`. */
  async requireClaudeRoom(userId: string): Promise<void> {
    await this.usage.requireRoom(this.claudePlace(userId), userId);
  }

  workspacePlace(projectId: string): Place {
    const maxBytes = this.config.files.workspaceMaxBytes;
    return { kind: 'workspace', id: projectId, maxBytes, open: () => this.workspaces.find(projectId) };
  }

  homePlace(userId: string): Place {
    const maxBytes = this.config.files.homeMaxBytes;
    return { kind: 'home', id: userId, maxBytes, open: () => this.homes.find(homeName(userId)) };
  }

  /** Conversations and what else Claude Code keeps of a user: as much as a home, and counted by itself. */
  claudePlace(userId: string): Place {
    const maxBytes = this.config.files.homeMaxBytes;
    return { kind: 'home', id: `${userId}/claude`, maxBytes, open: () => this.claude.find(homeName(userId)) };
  }

  /** Of every project whose workspace is on this disk. */
  projectIds(): string[] {
    return this.workspaces.names();
  }

  /** Out of reach now, its files in a while, when it belongs to a project made at `incarnation` or earlier. */
  discard(projectId: string, incarnation: number): void {
    const mark = this.marks.read(projectId);
    if (mark === undefined || mark > incarnation) return;
    this.take(projectId);
    this.marks.remove(projectId);
  }

  /** Removes the files of what was discarded, also of what an earlier process left. */
  removeDiscarded(): Promise<void> {
    return this.discarded.run();
  }

  /** Also what Claude sessions in it left, of whomever. */
  private take(projectId: string): void {
    for (const files of [this.workspaces, ...this.claude.byUser()]) this.discarded.take(files, projectId);
  }

  private workspaceOf(projectId: string, incarnation: number): string {
    const mark = this.marks.read(projectId);
    if (mark !== undefined && mark > incarnation) {
      // Somebody deleted the project and made it again, and we have not heard of it yet.
      void this.incarnations.forget(projectId);
      throw new DomainError(ErrorCode.conflict, 'The project has just been made anew; try again.', { retryable: true });
    }
    if (mark !== undefined && mark < incarnation) this.take(projectId);
    // Before the directory, so that there is never one that could be of an earlier project.
    if (mark !== incarnation) this.marks.write(projectId, incarnation);
    return this.workspaces.ensure(projectId);
  }
}

function homeName(userId: string): string {
  if (HOME_NAME.test(userId)) return userId;
  throw new DomainError(ErrorCode.badRequest, 'This is not the id of a user.');
}
