import type { LoggerService } from '@nestjs/common';
import { errorMessage } from '../../infrastructure/startup-error';
import type { Disposable } from '../../kernel/disposables';
import type { ClaudeDirectory } from '../claude-directory';
import { ClaudeListener, type ClaudeControl, type ClaudeRoute } from '../claude-listener';
import { callLeader, ControlCalls } from './control-calls';
import { Doors } from './doors';
import type { FrontDoor } from './front-door';
import { LeaderLock } from './leader-lock';
import { RememberedPort } from './remembered-port';

/** A CLI asks again half a second after its connection broke, and finds the next leader. */
const LOOK_MS = 200;
/** When it cannot listen: no descriptors left, or a full disk. */
const AGAIN_MS = 1_000;

interface ElectedListenerParts {
  readonly directory: ClaudeDirectory;
  readonly door: FrontDoor;
  readonly log: LoggerService;
  readonly random?: () => number;
}

/** Leads when it gets the lock, and looks for it until then. */
export class ElectedListener extends ClaudeListener {
  private readonly directory: ClaudeDirectory;
  private readonly controls: ControlCalls;
  private readonly lock: LeaderLock;
  private readonly port: RememberedPort;
  private readonly begins = new Set<() => void>();
  private doors: Doors | undefined;
  private opened: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private over = false;

  constructor(private readonly parts: ElectedListenerParts) {
    super();
    this.directory = parts.directory;
    this.controls = new ControlCalls(parts.log);
    this.lock = new LeaderLock(this.directory.leaderLock);
    this.port = new RememberedPort(this.directory.port, parts.random ?? Math.random);
  }

  /** Tries to lead from now on. */
  start(): void {
    this.look();
  }

  /** Resolves when this process, which leads, has opened everything. */
  async listening(): Promise<void> {
    await this.opened;
  }

  /** Another process may lead; what this one is answering it answers to the end. */
  stepDown(): void {
    this.over = true;
    clearTimeout(this.timer);
    this.doors?.stopAccepting();
    this.lock.release();
  }

  close(): void {
    this.stepDown();
    this.doors?.close();
  }

  add(route: ClaudeRoute): void {
    this.parts.door.add(route);
  }

  addControl(name: string, handle: ClaudeControl): void {
    this.controls.add(name, handle);
  }

  control(name: string, body: unknown): Promise<unknown> {
    return this.isLeader ? this.controls.run(name, body) : callLeader(this.directory.controlSocket, name, body);
  }

  get isLeader(): boolean {
    return this.lock.isHeld && this.doors !== undefined;
  }

  onLeading(begin: () => void): Disposable {
    this.begins.add(begin);
    if (this.isLeader) begin();
    return { dispose: () => void this.begins.delete(begin) };
  }

  get baseUrl(): string {
    this.directory.make();
    return `http://127.0.0.1:${this.port.get()}`;
  }

  get socketPath(): string {
    return this.directory.apiSocket;
  }

  private look(): void {
    if (this.over) return;
    if (this.tryToLead()) this.opened = this.lead();
    else this.lookAfter(LOOK_MS);
  }

  private lookAfter(ms: number): void {
    this.timer = setTimeout(() => this.look(), ms).unref();
  }

  private tryToLead(): boolean {
    try {
      this.directory.make();
      return this.lock.tryTake();
    } catch (error) {
      this.parts.log.warn(`The API gateway of Claude sessions cannot start: ${errorMessage(error)}`);
      return false;
    }
  }

  private async lead(): Promise<void> {
    const doors = (this.doors = new Doors(this.directory, this.port));
    try {
      for (const begin of [...this.begins]) begin();
      await doors.open(this.parts.door.handle, this.controls.serve);
    } catch (error) {
      this.parts.log.warn(`The API gateway of Claude sessions cannot listen: ${errorMessage(error)}`);
      doors.close();
      this.doors = undefined;
      this.lock.release();
      if (!this.over) this.lookAfter(AGAIN_MS);
    }
  }
}
