import fs from 'node:fs';
import type { Disposable } from '../kernel/disposables';

const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;
/** Linux: holds a place in the tree and gives no access to what is there. The permissions of the directory itself do not matter. */
const O_PATH = 0o10000000;
const NAME = /^[^/\0]+$/;
const NOT_INSIDE = new Set(['.', '..']);

/**
 * A directory held by its descriptor. What is below it is reached one name at a time, and no step follows a symbolic link: whoever
 * renames things meanwhile, or puts links in their place, changes nothing about which directory this is. A path that was looked at
 * first and opened afterwards loses that race.
 *
 * Names are one character for each byte (`latin1`), because a file name is any bytes and must not be lost on the way.
 */
export class HeldDirectory implements Disposable {
  private constructor(private readonly descriptor: number) {}

  /** The last name of `path` is not followed; those before it are, so they have to be the server's own. */
  static open(path: string | Buffer): HeldDirectory {
    return new HeldDirectory(fs.openSync(path, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  }

  /** Throws `ENOTDIR` for what is no directory, also for a link to one. */
  enter(name: string): HeldDirectory {
    return HeldDirectory.open(this.at(name));
  }

  /** Names something directly in here, for system calls that do not follow a last link: lstat, mkdir, rename, unlink, rmdir. */
  at(name: string): Buffer {
    if (!NAME.test(name) || NOT_INSIDE.has(name)) {
      throw Object.assign(new Error('not the name of something in a directory'), { code: 'EINVAL' });
    }
    return Buffer.from(`${this.self}/${name}`, 'latin1');
  }

  /** Names the directory itself; to be followed. */
  get self(): string {
    return `/proc/self/fd/${this.descriptor}`;
  }

  /** Its path at this moment. */
  get path(): string {
    return fs.readlinkSync(this.self);
  }

  dispose(): void {
    fs.closeSync(this.descriptor);
  }
}
