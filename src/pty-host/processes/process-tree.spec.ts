import { spawn } from 'node:child_process';
import { marksInUse, processesOf } from './process-tree';

describe('processesOf', () => {
  it('finds the leader of a session that was opened after the last look at all processes', () => {
    marksInUse();
    const shell = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    try {
      expect(
        processesOf({ sessionId: 'session_of_nobody', ofEpoch: () => true }, { pid: shell.pid as number }),
      ).toEqual([shell.pid]);
    } finally {
      shell.kill('SIGKILL');
    }
  });
});
