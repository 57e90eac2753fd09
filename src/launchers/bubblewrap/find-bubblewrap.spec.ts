import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findBubblewrap } from './find-bubblewrap';

it('says what to install where there is none', () => {
  expect(findBubblewrap(['/nowhere/bwrap'])).toEqual({
    problem: expect.stringMatching(
      /^bubblewrap is not installed\. Install bubblewrap .*apt install bubblewrap/,
    ) as string,
  });
});

it('does not trust a program that others than root may change, nor one in a directory of others', () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'bwrap-'));
  const file = path.join(directory, 'bwrap');
  fs.writeFileSync(file, '', { mode: 0o755 });
  // /tmp is everybody's, whatever the file itself is.
  expect(findBubblewrap([file])).toEqual({ problem: expect.stringContaining('is not trusted') as string });
  fs.rmSync(directory, { recursive: true });
});

it('takes a program of root by the path it really has', () => {
  expect(findBubblewrap(['/bin/true'])).toEqual({ path: fs.realpathSync('/bin/true') });
});
