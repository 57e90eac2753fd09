import type { LaunchProfile } from '../../launch-profiles/launch-profile';
import { NEEDS_NEWER_HOST, type Launch } from '../../pty-host/wire/host-messages';
import { shellEnvironment } from '../environment';
import type { Launcher } from '../launcher';
import type { ShellRequest } from '../launchers';
import type { Command, SealedMounts } from '../strict/sealed-mounts';
import { relayCommand } from '../relay/relay-command';
import type { SystemIds } from '../system-ids';
import { groupFile, passwdFile, userNameFor } from './accounts';
import { sandboxArguments, SandboxDescriptor, TMP_BYTES } from './sandbox-arguments';
import { type FilterArchitecture, seccompFilter } from './seccomp/filter';
import { Views } from './view';

/** Of bwrap itself, outside the sandbox: whatever a user may choose is only set inside. */
const OUTER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LANG: 'C' };
/** Members of a project share files through its group; homes are closed to everybody else anyway. */
const GROUP_UMASK = 0o007;
const OWN_UMASK = 0o022;

/** A sandbox of namespaces, a read-only system and a seccomp filter around each terminal. */
export class BubblewrapLauncher implements Launcher {
  readonly name = 'bubblewrap';
  readonly isSandbox = true;
  private readonly views = new Views();
  private readonly filters: Readonly<Record<LaunchProfile['view'], string>>;

  constructor(
    private readonly program: string,
    private readonly ids: SystemIds,
    private readonly sealed: SealedMounts,
    architecture: string = process.arch,
  ) {
    const filter = (memoryFiles: boolean) => seccompFilter(supported(architecture), { memoryFiles }).toString('base64');
    this.filters = { full: filter(true), strict: filter(false) };
  }

  launch(request: ShellRequest): Launch {
    const { profile, workspace, home: outside, extras } = request;
    const view = this.views.of(profile);
    const sealedTmp = profile.view === 'strict' ? this.sealed.temporary : undefined;
    const name = userNameFor(request.user.email);
    const home = { outside, inside: `/home/${name}` };
    const env = shellEnvironment(request, { name, home: home.inside, path: view.path });
    const relay = extras?.relay && relayCommand(extras.relay);
    const mounts = [...(extras?.mounts ?? []), ...(relay ? [relay.mount] : [])];
    const shown = extras?.files ?? [];
    const files = shown.map(({ target }) => target);
    const sandboxed = { view, network: profile.network, workspace, home, env, mounts, files, sealedTmp };
    const contents = [
      sandboxArguments(sandboxed)
        .map((word) => `${word}\0`)
        .join(''),
      passwdFile(name, home.inside, env['SHELL'] ?? profile.program),
      groupFile(name),
      ...shown.map(({ content }) => content),
    ];
    const { processes, ...limits } = profile.limits;
    const user = this.ids.of(request);
    const sandbox = {
      program: this.program,
      args: [
        ...['--seccomp', String(SandboxDescriptor.filter), '--args', String(SandboxDescriptor.arguments), '--'],
        // In here it counts the processes of this sandbox; outside it would count those of every sandbox of the user.
        ...(view.prlimit === undefined ? [] : [view.prlimit, `--nproc=${processes}`, '--']),
        ...[...(relay?.words ?? []), profile.program, ...profile.args],
      ],
    };
    return {
      program: NEEDS_NEWER_HOST,
      args: [],
      cwd: '/',
      env: OUTER_ENVIRONMENT,
      ...(user && { user: { name: '-', ...user } }),
      confinement: {
        ...(profile.view === 'strict' ? this.seal(sandbox, request) : sandbox),
        descriptors: [
          this.filters[profile.view],
          ...contents.map((content) => Buffer.from(content).toString('base64')),
        ],
        umask: user?.shared ? GROUP_UMASK : OWN_UMASK,
        limits,
      },
    };
  }

  private seal(sandbox: Command, { profile, workspace, home }: ShellRequest): Command {
    const { processes } = profile.limits;
    return this.sealed.around(sandbox, { processes, temporaryBytes: TMP_BYTES, writable: [workspace, home] });
  }
}

function supported(architecture: string): FilterArchitecture {
  if (architecture === 'x64' || architecture === 'arm64') return architecture;
  throw new Error(`there is no seccomp filter for ${architecture}`);
}
