import { bubblewrapMissing } from '../support/bubblewrap';
import { ConfinedServer } from './support/confined-server';
import type { ConfinedShell } from './support/confined-shell';

const isRoot = process.getuid?.() === 0;
const missing = bubblewrapMissing();
const launchers = [
  { name: 'bubblewrap', why: missing },
  { name: 'uid', why: isRoot ? undefined : 'only root can start shells of other users' },
] as const;
const CTRL_C = '\x03';
const CTRL_Z = '\x1a';

/** What a terminal is for has to work in a confined one (guards against --new-session, and against a view without programs). */
for (const { name, why } of launchers) {
  if (why !== undefined) console.warn(`Work in terminals of ${name} is not tested: ${why}`);
  (why === undefined ? describe : describe.skip)(`work in a terminal of ${name}`, () => {
    let server: ConfinedServer;
    let shell: ConfinedShell;

    beforeAll(async () => {
      server = await ConfinedServer.start({ TERMINAL_LAUNCHER: name });
      shell = await server.shell();
    }, 120_000);
    afterAll(() => server?.stop());

    it('I-16: stops a job with ^Z, continues it in the background and ends it by its number', async () => {
      shell.type('echo begun; sleep 300\n');
      await server.client.until(() => shell.text.includes('begun'), 'the job');
      shell.type(CTRL_Z);
      await server.client.until(() => shell.text.includes('Stopped'), 'the job to stop');
      const { output } = await shell.run('bg; jobs; kill %1; wait %1; echo ended with $?');
      expect(output).toContain('Running');
      expect(output).toContain('ended with 143');
    });

    it('I-16: ^C ends the program in the foreground, and not the shell', async () => {
      shell.type("bash -c 'echo waiting; sleep 300'\n");
      await server.client.until(() => shell.text.includes('waiting'), 'the program');
      shell.type(CTRL_C);
      expect((await shell.run('echo still here')).output).toContain('still here');
    });

    it('I-16: learns of a new size', async () => {
      await shell.run("trap 'echo resized' WINCH");
      server.client.send('resize', { channel: shell.channel, cols: 123, rows: 45 });
      await server.client.until(() => shell.text.includes('resized'), 'SIGWINCH');
      expect((await shell.run('trap - WINCH; stty size')).output).toBe('45 123');
    });

    it('I-16: reports the exit code of the shell', async () => {
      const other = await server.shell();
      other.type('exit 42\n');
      const exited = await server.client.event('exited', ({ channel }) => channel === other.channel);
      expect(exited).toMatchObject({ exitCode: 42, reason: 'exited' });
    });

    it('git, node, vim and tmux work', async () => {
      const git =
        'git init -q r && cd r && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one && git log --oneline | wc -l; cd ..';
      expect((await shell.run(git)).output).toBe('1');
      expect((await shell.run(`node -p 'os.userInfo().username.length > 0 || 1'`)).exitCode).toBe(
        name === 'uid' ? 1 : 0,
      );
      expect((await shell.run(`node -p '6 * 7'`)).output).toBe('42');
      expect((await shell.run(`vim -es -u NONE -c 'call setline(1, "written")' -c 'wq' note && cat note`)).output).toBe(
        'written',
      );
      const tmux =
        "tmux -f /dev/null new-session -d 'echo in tmux > t; sleep 300' && tmux wait-for -S x; sleep 0.2; cat t; tmux kill-server";
      expect((await shell.run(tmux)).output).toContain('in tmux');
    });

    it('has a user with a name, a home that is written to, and an own /etc/passwd', async () => {
      expect((await shell.run('echo $USER; cd; : > kept && ls kept; cd - > /dev/null')).output).toBe('admin\nkept');
      if (name === 'bubblewrap')
        expect(await shell.lines('cut -d: -f1 /etc/passwd')).toEqual(['root', 'admin', 'nobody']);
    });
  });
}
