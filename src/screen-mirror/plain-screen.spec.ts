import { MemoryTranscriptSource } from './memory-transcript-source';
import { plainScreen, stripped } from './plain-screen';

describe('a plain screen', () => {
  it('is text without sequences, controls and what was overwritten', () => {
    expect(stripped('a\x1b[31mb\x1b]0;t\x07c\x07\r\n50%\r100%\r\n\tü\u009b1mx')).toEqual(['abc', '100%', ' üx']);
  });

  it('is the last screenful', async () => {
    const source = new MemoryTranscriptSource();
    source.session('s', 10, 3).write('1\r\n2\r\n3\r\n4\r\n0123456789abc');
    const info = await source.info('s');
    expect(await plainScreen(source, 's', info)).toEqual({
      offset: info.end,
      cols: 10,
      rows: 3,
      lines: ['4', '0123456789', 'abc'],
    });
  });
});
