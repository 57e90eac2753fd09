import type { LauncherName } from '../launchers';
import type { ProbeFindings } from './probe';

export const NAMESPACES = ['pid', 'mnt', 'ipc', 'uts', 'user', 'net'] as const;

/** As `readlink /proc/self/ns/…` says them. */
export type Namespaces = Readonly<Record<string, string>>;

export interface Circumstances {
  readonly launcher: LauncherName;
  readonly network: 'none' | 'host';
  /** Of the server. */
  readonly namespaces: Namespaces;
}

const NO_CAPABILITIES = /^0+$/;
const SANDBOXED = NAMESPACES.filter((name) => name !== 'net');

/** What a launcher promised and the probe did not find; empty when everything holds. */
export function brokenPromises(found: ProbeFindings, { launcher, network, namespaces }: Circumstances): string[] {
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string): void => void (holds || problems.push(problem));
  switch (launcher) {
    case 'bubblewrap':
      for (const name of network === 'none' ? NAMESPACES : SANDBOXED)
        expect(apart(found[`ns-${name}`], namespaces[name]), `it shares the ${name} namespace of the server`);
      expect(found['seccomp'] === '2', 'it has no seccomp filter');
      for (const place of ['root', 'usr', 'dev']) expect(found[place] === 'refused', `it can write to ${place}`);
      expect(found['tmp'] === 'written', 'it cannot write to /tmp');
      break;
    case 'uid':
      expect(found['uid'] !== '0', 'it is root');
      expect(found['groups'] === '', `it is in the groups ${found['groups']}`);
      expect(found['usr'] === 'refused', 'it can write to /usr');
      break;
    case 'direct':
    case 'command':
      // They promise nothing.
      return problems;
  }
  expect(found['fds'] === '0,1,2', `it holds the descriptors ${found['fds']}`);
  expect(found['nnp'] === '1', 'it could gain privileges');
  expect(NO_CAPABILITIES.test(found['capabilities'] ?? ''), `it has the capabilities ${found['capabilities']}`);
  expect(found['server'] === 'hidden', "it sees the server's files");
  expect(found['tty'] === 'kept', 'it has no terminal, so no job control');
  expect(found['workspace'] === 'written', 'it cannot write to its workspace');
  expect(found['home'] === 'written', 'it cannot write to its home');
  return problems;
}

function apart(inside: string | undefined, outside: string | undefined): boolean {
  return Boolean(inside) && inside !== outside;
}
