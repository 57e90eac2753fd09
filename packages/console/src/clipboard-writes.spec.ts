import { Terminal } from '@xterm/headless';
import { onClipboardWrite } from './clipboard-writes';

async function written(output: string): Promise<{ readonly texts: string[]; readonly typed: string[] }> {
  const xterm = new Terminal({ allowProposedApi: true });
  const texts: string[] = [];
  const typed: string[] = [];
  xterm.onData((data) => typed.push(data));
  onClipboardWrite(xterm, (text) => texts.push(text));
  await new Promise<void>((done) => xterm.write(output, done));
  xterm.dispose();
  return { texts, typed };
}

const osc52 = (data: string): string => `\x1b]52;${data}\x07`;
const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

describe('what a program does to the clipboard', () => {
  it('is told as text', async () => {
    expect(await written(osc52(`c;${base64('Größe 漢字')}`))).toEqual({ texts: ['Größe 漢字'], typed: [] });
  });

  it.each([
    ['a request to read it', 'c;?'],
    ['something that is not base64', 'c;<script>'],
    ['bytes that are no text', 'c;//4='],
    ['nothing', 'c;'],
    ['too much', `c;${'eHh4'.repeat(50_000)}`],
  ])('does not count when it is %s, and is not answered', async (_name, data) => {
    expect(await written(osc52(data))).toEqual({ texts: [], typed: [] });
  });
});
