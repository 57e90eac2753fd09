import type { Launch } from '../pty-host/wire/host-messages';
import type { Launcher } from './launcher';
import type { ShellRequest } from './launchers';

/** Placeholders of TERMINAL_COMMAND. */
export interface CommandPlaces {
  readonly workspace: string;
  readonly home: string;
  readonly user: string;
  readonly session: string;
  readonly project: string;
}

/** Of the program that starts the container, not of what runs in it. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', TERM: 'xterm-256color', HOME: '/' };

/** A program of the operator's, such as docker or kubectl, confines the shell. It runs as the server does. */
export class CommandLauncher implements Launcher {
  readonly name = 'command';
  /** One of the operator's, which no profile can ask for anything. */
  readonly isSandbox = false;

  constructor(private readonly template: readonly string[]) {}

  launch({ session, user, workspace, home }: ShellRequest): Launch {
    const places = { workspace, home, user: user.id, session: session.id, project: session.projectId };
    const [program = '', ...args] = fillTemplate(this.template, places);
    return { program, args, cwd: '/', env: ENVIRONMENT };
  }
}

/** Word by word: what is put in never becomes another word, and no shell reads any of it. */
export function fillTemplate(template: readonly string[], places: Partial<CommandPlaces>): string[] {
  return template.map((word) =>
    word.replace(/\{(\w+)\}/g, (placeholder, name: string) => places[name as keyof CommandPlaces] ?? placeholder),
  );
}
