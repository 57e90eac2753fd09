import { groupFile, passwdFile, userNameFor } from './accounts';

it.each([
  ['ada@example.com', 'ada'],
  ['Ada.Lovelace+test@example.com', 'ada-lovelace-test'],
  ['root@example.com', 'user'],
  ['7of9@example.com', 'user'],
  ["x:0:0:'\n@example.com", 'x-0-0---'],
  [`${'a'.repeat(60)}@example.com`, 'user'],
])('the user of %j is called %s', (email, name) => {
  expect(userNameFor(email)).toBe(name);
});

it('the accounts of a sandbox are root, its user and nobody, one line each', () => {
  expect(passwdFile('ada', '/home/ada', '/bin/bash').split('\n')).toEqual([
    'root:x:0:0:root:/root:/usr/sbin/nologin',
    'ada:x:1000:1000:ada:/home/ada:/bin/bash',
    'nobody:x:65534:65534:nobody:/:/usr/sbin/nologin',
    '',
  ]);
  expect(groupFile('ada')).toBe('root:x:0:\nada:x:1000:\nnogroup:x:65534:\n');
});
