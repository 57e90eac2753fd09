import fs from 'node:fs';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { AuditLog } from '../audit/audit-log';
import { ServerPhase } from '../health/server-phase';
import { Ids } from '../kernel/ids';
import { PtyHostClient } from '../pty-client/pty-host-client';
import { Candidates } from './candidates';
import { type Chosen, chooseLauncher } from './choose';
import type { Launcher } from './launcher';
import type { LauncherChoice, SelfTestResult, ShellRequest } from './launchers';
import { takePlaces } from './places';
import { selfTest } from './self-test/self-test';

/** What did not work may work after an administrator was there: who asks so long afterwards tries again. */
const TRY_AGAIN_MS = 30_000;

/** Chooses once for each PTY host, when the process begins to serve; whoever asks earlier waits. */
@Injectable()
export class LauncherChooser implements OnModuleInit {
  private readonly log = new Logger('launcher');
  private readonly candidates: Candidates;
  private choosing: Promise<Chosen> | undefined;
  private current: LauncherChoice | undefined;
  private chosenAt = 0;
  private testedHost: number | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly host: PtyHostClient,
    private readonly phase: ServerPhase,
    private readonly ids: Ids,
    private readonly audit: AuditLog,
  ) {
    this.candidates = new Candidates(config);
  }

  /** Undefined while the self-test runs. */
  get chosen(): LauncherChoice | undefined {
    return this.current;
  }

  onModuleInit(): void {
    // Another host may run with other rights.
    this.host.events.on('connected', ({ keeperPid }) => {
      if (this.testedHost === undefined || this.testedHost === keeperPid) return;
      this.choosing = undefined;
      this.choose().catch(() => undefined);
    });
    // Without a host nothing can be said; the first open finds out.
    this.phase.whenServing(() => void this.choose().catch(() => undefined));
  }

  /** Rejects with `host_unavailable` while the PTY host is away. */
  choose(): Promise<Chosen> {
    const isStale = this.current && !this.current.launcher && performance.now() - this.chosenAt > TRY_AGAIN_MS;
    if (this.choosing && !isStale) return this.choosing;
    this.current = undefined;
    const choosing = this.chooseNow();
    this.choosing = choosing;
    choosing.catch(() => {
      if (this.choosing === choosing) this.choosing = undefined;
    });
    return choosing;
  }

  /** Makes workspace, home and mounts of a request fit for a launch. */
  takePlaces(request: ShellRequest, { name }: Pick<Launcher, 'name'>): void {
    // A shell without confinement works in the home of its account; what has extras works in the workspace.
    const isElsewhere = name === 'direct' && !(request.extras && this.config.shell.user);
    takePlaces(request, isElsewhere ? undefined : this.candidates.ids.of(request));
  }

  private async chooseNow(): Promise<Chosen> {
    const { config, candidates, host } = this;
    const chosen = await chooseLauncher({
      wanted: config.launcher.name,
      make: (name) => candidates.make(name),
      test: (launcher) => this.test(launcher),
    });
    this.testedHost = host.identity?.keeperPid;
    this.chosenAt = performance.now();
    this.current = chosen.choice;
    this.announce(chosen.choice);
    return chosen;
  }

  private test(launcher: Launcher): Promise<SelfTestResult> {
    const { config, host, ids } = this;
    return selfTest(launcher, {
      host,
      dataDir: fs.realpathSync(config.dataDir),
      network: config.launcher.network ?? (config.production ? 'none' : 'host'),
      newId: () => ids.uuid(),
      takePlaces: (request) => this.takePlaces(request, launcher),
    });
  }

  private announce({ launcher, why, selfTests }: LauncherChoice): void {
    if (!launcher) this.log.error(`No terminal can be started. ${why}`);
    else if (launcher === 'direct') this.log.warn(`Shells are not confined. ${why}`);
    else this.log.log(`Shells are confined by ${launcher}. ${why}`);
    const data = { wanted: this.config.launcher.name, launcher: launcher ?? 'none', why, selfTests };
    this.audit.record({ code: 'launcher.chosen', outcome: launcher ? 'ok' : 'failed', data });
  }
}
