import { createHash } from 'node:crypto';
import { OutputCheck } from './output-check';

function follow(...chunks: string[]): OutputCheck {
  const check = new OutputCheck('e', () => undefined);
  for (const chunk of chunks) check.push(Buffer.from(chunk));
  return check;
}

describe('the output of the load program', () => {
  it('is hashed from its first line on, however it is cut', () => {
    const printed = '0 begin\n1 t\n2 t\n';
    const check = follow('prompt$ stty\r\n0 be', 'gin\n1', ' t\n2 t\n');
    expect(check.digest()).toBe(createHash('sha256').update(printed).digest('hex'));
    expect(check).toMatchObject({ bytes: printed.length, missingLines: 0, doubledBytes: 0 });
  });

  it('tells missing lines from doubled ones', () => {
    expect(follow('0 begin\n1 t\n3 t\n')).toMatchObject({ missingLines: 1, doubledBytes: 0 });
    expect(follow('0 begin\n1 t\n1 t\n2 t\n')).toMatchObject({ missingLines: 0, doubledBytes: 4 });
  });

  it('hands over the lines that were asked for', () => {
    const lines: string[] = [];
    const check = new OutputCheck('e', (line) => lines.push(line));
    check.push(Buffer.from('0 begin\n1 t5\n2 ep7\n3 end\n'));
    expect(lines).toEqual(['ep7']);
    expect(check.ended).toBe(true);
  });
});
