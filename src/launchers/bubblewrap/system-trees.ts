import fs from 'node:fs';

const ROOT_DIRECTORIES = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/** What programs read under /etc; users, passwords and keys of the machine are not among it. */
const SETTINGS = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'alternatives',
  'ssl',
  'pki',
  'ca-certificates',
  'localtime',
  'timezone',
  'nsswitch.conf',
  'hosts',
  'host.conf',
  'gai.conf',
  'resolv.conf',
  'terminfo',
  'profile',
  'profile.d',
  'bash.bashrc',
  'bash_completion.d',
  'inputrc',
  'vim',
  'mime.types',
  'services',
  'protocols',
  'locale.alias',
  'java',
  'manpath.config',
];

/** bwrap arguments for /usr and what belongs to it, read-only: today's merged layout, or directories of their own. */
export function systemTrees(root = '/'): string[] {
  const args = ['--ro-bind', '/usr', '/usr'];
  for (const name of ROOT_DIRECTORIES) {
    const stat = fs.lstatSync(`${root}${name}`, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) args.push('--symlink', fs.readlinkSync(`${root}${name}`), `/${name}`);
    else if (stat?.isDirectory()) args.push('--ro-bind', `/${name}`, `/${name}`);
  }
  return args;
}

export function settings(): string[] {
  return SETTINGS.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]);
}
