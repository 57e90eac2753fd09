import type { Api, Project, SessionInfo } from './api';
import { Observable } from './observable';

const POLL_MS = 4_000;
/** Ended sessions can be many and rarely change: they are asked for when something ended, and in every n-th poll. */
const ENDED_EVERY = 15;
const PROJECT_KEY = 'holdfast.project';

/** The projects of the user and the sessions of one of them, as fresh as a poll keeps them. */
export class SessionList {
  readonly projects = new Observable<readonly Project[]>([]);
  readonly project = new Observable<Project | undefined>(undefined);
  readonly sessions = new Observable<readonly SessionInfo[]>([]);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  private generation = 0;
  private endedWanted = true;
  private polls = 0;

  constructor(private readonly api: Api) {}

  async start(wanted?: string): Promise<void> {
    this.projects.set(await this.api.projects());
    const id = wanted ?? localStorage.getItem(PROJECT_KEY);
    const { value } = this.projects;
    this.choose(value.find((project) => project.id === id) ?? value[0]);
    document.addEventListener('visibilitychange', this.wake);
  }

  choose(project: Project | undefined): void {
    if (project?.id !== this.project.value?.id) {
      this.sessions.set([]);
      this.endedWanted = true;
    }
    this.project.set(project);
    if (!project) return;
    localStorage.setItem(PROJECT_KEY, project.id);
    void this.refresh();
  }

  async create(name: string): Promise<void> {
    const made = await this.api.createProject(name);
    const project: Project = { ...made, role: made.role ?? 'owner' };
    this.projects.set([...this.projects.value, project]);
    this.choose(project);
  }

  /** Asks now. A failure keeps the list as it is: the connection indicator tells what is wrong. */
  async refresh(): Promise<void> {
    clearTimeout(this.timer);
    const project = this.project.value;
    const generation = ++this.generation;
    if (!project || this.stopped) return;
    try {
      const sessions = await this.load(project.id);
      if (generation === this.generation) this.sessions.set(sessions);
    } catch {
      // The next poll asks again.
    }
    if (generation === this.generation && !this.stopped) this.plan();
  }

  dispose(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.wake);
  }

  private async load(projectId: string): Promise<SessionInfo[]> {
    const running = await this.api.sessions(projectId, 'running');
    const known = this.sessions.value;
    const still = new Set(running.map(({ id }) => id));
    const somethingEnded = known.some(({ id, status }) => status !== 'ended' && !still.has(id));
    const ask = somethingEnded || this.endedWanted || this.polls++ % ENDED_EVERY === 0;
    const ended = ask ? await this.api.sessions(projectId, 'ended') : known.filter(({ status }) => status === 'ended');
    if (ask) this.endedWanted = false;
    // The record of an ending comes a moment after the ending: the first mention is the newer one.
    return [...running, ...ended.filter(({ id }) => !still.has(id)).reverse()];
  }

  /** Soon, and once for several reasons at a time. */
  refreshSoon(): void {
    this.endedWanted = true;
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => void this.refresh(), 150);
  }

  private plan(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (document.hidden ? this.plan() : void this.refresh()), POLL_MS);
  }

  private readonly wake = (): void => {
    if (!document.hidden) this.refreshSoon();
  };
}
