import fs from 'node:fs';
import path from 'node:path';
import type { LaunchProfile } from '../../launch-profiles/launch-profile';
import { sharedLibraries } from './shared-libraries';
import { strictPrograms, viewed, type ViewedFile } from './strict-programs';

/** What is read, and cannot be executed to any use, whatever the programs are. */
const SETTINGS = ['ld.so.cache', 'localtime', 'nsswitch.conf', 'terminfo', 'inputrc', 'vim'];
/** What programs need to reach other machines. */
const NETWORK_SETTINGS = [
  'hosts',
  'resolv.conf',
  'host.conf',
  'gai.conf',
  'services',
  'protocols',
  'ssl',
  'pki',
  'ca-certificates',
];
const DATA = ['/usr/share/terminfo', '/usr/lib/terminfo', '/usr/lib/locale', '/usr/share/zoneinfo'];
/** What a program consists of besides its file. */
const PARTS: Readonly<
  Record<string, { readonly directories: readonly string[]; readonly online?: readonly string[] }>
> = {
  git: {
    directories: ['/usr/lib/git-core', '/usr/libexec/git-core', '/usr/share/git-core'],
    online: ['/usr/lib/git-core/git-remote-http', '/usr/libexec/git-core/git-remote-http'],
  },
  vim: { directories: ['/usr/share/vim'] },
  vi: { directories: ['/usr/share/vim'] },
};
/** Links at the root of a merged system. */
const ROOT_NAMES = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

export interface StrictView {
  /** bwrap arguments that mount programs, libraries and settings. */
  readonly mounts: readonly string[];
  /** Directories of its programs. */
  readonly path: string;
  /** What it consists of, as the machine has it. */
  readonly files: readonly string[];
}

/** Nothing but the programs of a profile, and what these need to start. Problems: see {@link strictPrograms}. */
export function strictView(
  profile: Pick<LaunchProfile, 'program' | 'binaries' | 'network'>,
): StrictView | { readonly problems: readonly string[] } {
  const { programs, problems } = strictPrograms(profile);
  if (problems.length > 0) return { problems };
  const parts = programs.flatMap(({ inView }) => PARTS[path.basename(inView)] ?? []);
  const online = profile.network === 'host';
  const helpers = online ? parts.flatMap((part) => part.online ?? []).filter((file) => fs.existsSync(file)) : [];
  const libraries = sharedLibraries([...programs.map(({ file }) => file), ...helpers]).files.map(viewed);
  const readable = [...DATA, ...parts.flatMap(({ directories }) => directories)];
  const settings = [...SETTINGS, ...(online ? NETWORK_SETTINGS : [])].map((name) => `/etc/${name}`);
  const files = distinct([...libraries, ...programs]);
  return {
    files: files.map(({ inView }) => inView),
    mounts: [
      ...links(),
      ...files.flatMap(({ file, inView }) => ['--ro-bind', file, inView]),
      ...[...new Set([...readable, ...settings])].flatMap((file) => ['--ro-bind-try', file, file]),
    ],
    path: [...new Set(programs.map(({ inView }) => path.dirname(inView)))].join(':'),
  };
}

function links(): string[] {
  return ROOT_NAMES.filter((name) => fs.lstatSync(`/${name}`, { throwIfNoEntry: false })?.isSymbolicLink()).flatMap(
    (name) => ['--symlink', fs.readlinkSync(`/${name}`), `/${name}`],
  );
}

function distinct(files: readonly ViewedFile[]): ViewedFile[] {
  return [...new Map(files.map((file) => [file.inView, file])).values()];
}
