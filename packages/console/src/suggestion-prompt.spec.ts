import { Terminal } from '@xterm/headless';
import { suggestionInput } from './suggestion-input';
import { SuggestionPrompt } from './suggestion-prompt';

const PROMPT = '\x1b]133;A\x07user@host:~$ \x1b]133;B\x07';

async function terminal(cols = 40): Promise<{
  readonly write: (text: string) => Promise<void>;
  readonly prompt: SuggestionPrompt;
  readonly told: boolean[];
}> {
  const xterm = new Terminal({ cols, rows: 10, allowProposedApi: true });
  const told: boolean[] = [];
  const prompt = new SuggestionPrompt(xterm as never, (failed) => told.push(failed));
  const write = (text: string): Promise<void> => new Promise((done) => xterm.write(text, done));
  await write('');
  return { write, prompt, told };
}

it('reads what stands at the prompt, and whether the cursor is behind it', async () => {
  const { write, prompt } = await terminal();
  expect(prompt.line()).toBeUndefined();
  await write(`${PROMPT}git pu`);
  expect(prompt.line()).toEqual({ text: 'git pu', cursorAtEnd: true });
  await write('\x1b[3D');
  expect(prompt.line()).toEqual({ text: 'git pu', cursorAtEnd: false });
  await write('\x1b[3C ');
  expect(prompt.line()).toEqual({ text: 'git pu ', cursorAtEnd: true });
});

it('reads a line that takes several rows', async () => {
  const { write, prompt } = await terminal(20);
  const line = 'git commit -m "a message of several rows"';
  await write(`before\r\n${PROMPT}${line}`);
  expect(prompt.line()?.text).toBe(line);
});

it('knows of no line while a command runs or a program has the screen', async () => {
  const { write, prompt } = await terminal();
  await write(`${PROMPT}ls`);
  await write('\x1b[?1049h');
  expect(prompt.line()).toBeUndefined();
  await write('\x1b[?1049l\r\n\x1b]133;C;aid=x\x07Password: ');
  expect(prompt.line()).toBeUndefined();
});

it('offers help after a command that failed, until the next one begins; not after Ctrl-C', async () => {
  const { write, told } = await terminal();
  const command = (code: number): string => `\x1b]133;C;aid=x\x07out\r\n\x1b]133;D;${code};aid=x\x07${PROMPT}`;
  await write(PROMPT + command(1));
  expect(told).toEqual([false, true]);
  await write(command(0));
  await write(command(130));
  expect(told).toEqual([false, true, false, false]);
});

describe('a suggestion at the prompt', () => {
  const at = (text: string, cursorAtEnd = true) => ({ text, cursorAtEnd });

  it('is what is missing, when it goes on with what was typed', () => {
    expect(suggestionInput('git push', at('git pu'))).toEqual({ keys: '', paste: 'sh' });
  });

  it('takes the place of anything else', () => {
    expect(suggestionInput('git push', at('gti psuh'))).toEqual({ keys: '\x15', paste: 'git push' });
    expect(suggestionInput('git push', at('git pu', false))).toEqual({ keys: '\x05\x15', paste: 'git push' });
    expect(suggestionInput('git push', at(''))).toEqual({ keys: '', paste: 'git push' });
    expect(suggestionInput('git push', undefined)).toEqual({ keys: '', paste: 'git push' });
  });

  it('never has an Enter in it, nor the end of a paste', () => {
    const { keys, paste } = suggestionInput('ls\r\n\x1b[201~rm x', undefined);
    expect(keys + paste).toBe('ls[201~rm x');
  });
});
