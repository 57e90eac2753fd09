/** Ids as the sandbox sees its user; outside it is somebody else. */
export const INNER_UID = 1000;
export const INNER_GID = 1000;

const NOBODY = 65_534;
const USER_NAME = /^[a-z_][a-z0-9_-]{0,30}$/;
/** Users that every system has, whose name would mean something else. */
const TAKEN = new Set(['root', 'nobody', 'nogroup', 'daemon']);

/** The name of somebody in their terminal: the local part of the e-mail address, as far as it is a user name. */
export function userNameFor(email: string): string {
  const name = email
    .toLowerCase()
    .replace(/@.*$/s, '')
    .replace(/[^a-z0-9_-]/g, '-');
  return USER_NAME.test(name) && !TAKEN.has(name) ? name : 'user';
}

/** /etc/passwd of the sandbox: ssh, git and os.userInfo() fail for an id without an entry. */
export function passwdFile(name: string, home: string, shell: string): string {
  return [
    'root:x:0:0:root:/root:/usr/sbin/nologin',
    `${name}:x:${INNER_UID}:${INNER_GID}:${name}:${home}:${shell}`,
    `nobody:x:${NOBODY}:${NOBODY}:nobody:/:/usr/sbin/nologin`,
    '',
  ].join('\n');
}

export function groupFile(name: string): string {
  return ['root:x:0:', `${name}:x:${INNER_GID}:`, `nogroup:x:${NOBODY}:`, ''].join('\n');
}
