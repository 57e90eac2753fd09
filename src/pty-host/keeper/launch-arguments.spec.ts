import { launchArguments } from './launch-arguments';

const launch = { program: '/bin/sh', args: ['-c', 'echo "$A"'], cwd: '/tmp', env: { A: 'x=y z', B: '' } };

test('the environment comes counted before the program, byte by byte as it is', () => {
  expect(launchArguments(launch)).toEqual([
    '-1',
    '-1',
    '-',
    '/tmp',
    '65536',
    '2',
    'A=x=y z',
    'B=',
    '/bin/sh',
    '-c',
    'echo "$A"',
  ]);
});

test('a user is named by id and by name', () => {
  const user = { name: 'ada', uid: 1001, gid: 1002 };
  expect(launchArguments({ ...launch, env: {}, user }).slice(0, 7)).toEqual([
    '1001',
    '1002',
    'ada',
    '/tmp',
    '65536',
    '0',
    '/bin/sh',
  ]);
});
