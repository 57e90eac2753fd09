import { spawn } from 'node:child_process';
import { processesOf, sessionsWithProcesses } from './process-tree';

describe('processesOf', () => {
  it('finds the leader of a session that was opened after the last look at all processes', () => {
    sessionsWithProcesses();
    const shell = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    try {
      expect(processesOf('session_of_nobody', { pid: shell.pid as number })).toEqual([shell.pid]);
    } finally {
      shell.kill('SIGKILL');
    }
  });
});
