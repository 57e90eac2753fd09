// as-another-user.mjs MAIN: becomes a gateway that runs as AS_UID, without any privilege. The process stays the same one.
import koffi from 'koffi';

const execv = koffi.load('libc.so.6').func('int execv(const char *path, const char **argv)');
const uid = process.env.AS_UID;
const words = [
  'setpriv',
  `--reuid=${uid}`,
  `--regid=${uid}`,
  '--clear-groups',
  process.execPath,
  process.argv[2],
  null,
];
execv('/usr/bin/setpriv', words);
throw new Error(`execv failed with errno ${koffi.errno()}`);
