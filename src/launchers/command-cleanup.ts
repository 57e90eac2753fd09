import { execFile } from 'node:child_process';
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import type { Disposable } from '../kernel/disposables';
import { PtyHostClient } from '../pty-client/pty-host-client';
import type { HostSession } from '../pty-host/wire/host-messages';
import { fillTemplate } from './command-launcher';

/** `docker kill` of a busy daemon; one that takes longer is ended itself. */
const PATIENCE_MS = 30_000;
/** What a failing command says, as much as a log line bears. */
const MAX_SAID = 300;

/**
 * TERMINAL_COMMAND_KILL, once for each terminal that ended: ending the program that started a container does not end the container.
 * Every gateway runs it, because any of them may be the only one.
 */
@Injectable()
export class CommandCleanup implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('launcher');
  private subscription: Disposable | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly host: PtyHostClient,
  ) {}

  onModuleInit(): void {
    const { name, killCommand } = this.config.launcher;
    if (name !== 'command' || !killCommand) return;
    this.subscription = this.host.events.on('session-ended', ({ session }) => this.clean(session, killCommand));
  }

  onModuleDestroy(): void {
    this.subscription?.dispose();
  }

  private clean({ sessionId, labels }: HostSession, template: readonly string[]): void {
    const [id = '', project = ''] = splitKey(sessionId);
    const [program = '', ...args] = fillTemplate(template, { session: id, project, user: labels?.ownerId ?? '' });
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/' };
    execFile(program, args, { env, cwd: '/', timeout: PATIENCE_MS, killSignal: 'SIGKILL' }, (error, _, said) => {
      // What has ended by itself cannot be ended: nothing is wrong then.
      if (error) this.log.debug(`TERMINAL_COMMAND_KILL for ${id}: ${error.message} ${said.slice(0, MAX_SAID)}`);
    });
  }
}

/** The host knows a session as `{id}:{project}`; an id has no colon. */
function splitKey(key: string): [id: string, project: string] {
  const at = key.indexOf(':');
  return [key.slice(0, at < 0 ? key.length : at), at < 0 ? '' : key.slice(at + 1)];
}
