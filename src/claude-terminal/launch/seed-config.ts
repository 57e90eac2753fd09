import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { ErrorCode } from '@holdfast/protocol';
import { errorCode, errorMessage } from '../../infrastructure/startup-error';
import { DomainError } from '../../kernel/domain-error';
import { HeldDirectory } from '../../workspaces/held-directory';
import { seededState } from './seeded-state';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
const STATE = '.claude.json';
/** Where the CLI says of each of its processes what it does. */
const PROCESSES = 'sessions';
const PROCESS_FILE = /^\d{1,10}\.json$/;
/** What the CLI remembers of a user's projects; it is read whole, and its owner may write anything into it. */
const MAX_STATE_BYTES = 8 * 1024 * 1024;
const PRIVATE = 0o600;

export interface SeededPlaces {
  /** CLAUDE_CONFIG_DIR, outside. */
  readonly config: string;
  /** Outside, of this session, where it has one. */
  readonly live: string;
  readonly seen: { readonly workspace: string; readonly live?: string };
}

/**
 * Makes a configuration fit for a start. Its directory is its user's, who may put links, pipes or another file in the place of
 * anything at any moment: nothing is followed, and what is written is a new file that takes the place of the old one.
 */
export function seedConfig({ config, live, seen }: SeededPlaces): void {
  const directory = HeldDirectory.open(config);
  try {
    seedState(directory, seen.workspace);
    leadProcesses(directory, seen.live);
    if (seen.live !== undefined) removeProcesses(live);
  } catch (error) {
    throw new DomainError(
      ErrorCode.launchFailed,
      `The configuration of Claude Code for you in this project cannot be used (${errorCode(error) ?? 'it is damaged'}). ` +
        'An administrator can remove it: claude/users in the data directory.',
      { cause: new Error(`${config}: ${errorMessage(error)}`, { cause: error }) },
    );
  } finally {
    directory.dispose();
  }
}

function seedState(directory: HeldDirectory, workspace: string): void {
  let seeded: string | undefined;
  try {
    seeded = seededState(readOwn(directory, STATE), workspace);
  } catch {
    // Neither the CLI nor we can read it: kept for its owner, and a new one begun.
    fs.renameSync(directory.at(STATE), directory.at(`${STATE}.unreadable`));
    seeded = seededState(undefined, workspace);
  }
  if (seeded !== undefined) replace(directory, STATE, seeded);
}

/** Undefined: there is none. Throws for everything but a file of bearable size. */
function readOwn(directory: HeldDirectory, name: string): string | undefined {
  let descriptor: number;
  try {
    // A pipe in its place would be waited for.
    descriptor = fs.openSync(directory.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile() || stat.size > MAX_STATE_BYTES) throw new Error('not a file of bearable size');
    const bytes = Buffer.alloc(stat.size);
    return bytes.toString('utf8', 0, fs.readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    fs.closeSync(descriptor);
  }
}

function replace(directory: HeldDirectory, name: string, content: string): void {
  const temporary = directory.at(`${name}.${randomBytes(8).toString('hex')}`);
  const descriptor = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE);
  try {
    const { uid, gid } = fs.statSync(directory.self);
    if (process.getuid?.() === 0) fs.fchownSync(descriptor, uid, gid);
    fs.writeSync(descriptor, content);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(temporary, directory.at(name));
}

/** In a sandbox the directory of processes is the session's own, for which the configuration has a link; else a plain directory. */
function leadProcesses(directory: HeldDirectory, to: string | undefined): void {
  const place = directory.at(PROCESSES);
  const stat = fs.lstatSync(place, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink()) {
    if (fs.readlinkSync(place) === to) return;
    fs.unlinkSync(place);
  } else if (stat && to !== undefined) {
    fs.renameSync(place, directory.at(`${PROCESSES}.${randomBytes(8).toString('hex')}`));
  }
  if (to !== undefined) linkUnlessThere(to, place);
}

function linkUnlessThere(to: string, place: Buffer): void {
  try {
    fs.symlinkSync(to, place);
  } catch (error) {
    // Another session of the same user starts at this moment.
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** Of the process before, which may have been killed. */
function removeProcesses(live: string): void {
  const directory = HeldDirectory.open(live);
  try {
    for (const name of fs.readdirSync(directory.self).filter((each) => PROCESS_FILE.test(each)))
      fs.rmSync(directory.at(name), { force: true, recursive: false });
  } finally {
    directory.dispose();
  }
}
