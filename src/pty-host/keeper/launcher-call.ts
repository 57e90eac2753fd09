import fs from 'node:fs';
import { memoryFile } from '../native/libc';
import { MAX_DESCRIPTORS, type Launch } from '../wire/host-messages';
import { launchArguments } from './launch-arguments';

const TERMINATOR = '\0';

/**
 * Calls back with the launcher's argv, which only says where to read: what is launched, and its environment, can hold secrets, and
 * every user of the machine may see the arguments of every process. The descriptors live as long as the call, which has to fork.
 */
export function withLauncherCall<T>(launch: Launch, fork: (args: string[]) => T): T {
  const given = launch.confinement?.descriptors ?? [];
  if (given.length > MAX_DESCRIPTORS) throw new Error(`a launch passes at most ${MAX_DESCRIPTORS} descriptors`);
  const open: number[] = [];
  try {
    for (const content of given) open.push(memoryFile('holdfast', Buffer.from(content, 'base64')));
    const words = launchArguments(launch, open);
    if (words.some((word) => word.includes(TERMINATOR))) throw new Error('a launch holds a NUL byte');
    const call = memoryFile('launch', Buffer.from(words.map((word) => word + TERMINATOR).join('')));
    open.push(call);
    return fork([`--from=${call}`]);
  } finally {
    for (const fd of open) fs.closeSync(fd);
  }
}
