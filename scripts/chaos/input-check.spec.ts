import { checkInput } from './input-check';

describe('what the program read', () => {
  it('is exact when it is what was typed', () => {
    expect(checkInput('a1;a2;', 'a1;a2;', [])).toMatchObject({ exact: true, lostBytes: 0, doubledBytes: 0 });
  });

  it('may have a flagged piece or not', () => {
    const flagged = [{ from: 3, to: 6 }];
    expect(checkInput('a1;a2;a3;', 'a1;a3;', flagged)).toMatchObject({ exact: true, flaggedAndLost: 1 });
    expect(checkInput('a1;a2;a3;', 'a1;a2;a3;', flagged)).toMatchObject({ exact: true, flaggedAndLost: 0 });
  });

  it('is not exact when a flagged piece came twice', () => {
    expect(checkInput('a1;a2;', 'a1;a2;a2;', [{ from: 3, to: 6 }])).toMatchObject({ exact: false, doubledBytes: 3 });
  });

  it('counts what is missing and what came twice', () => {
    expect(checkInput('a1;a2;a3;', 'a1;a1;a3;', [])).toMatchObject({ exact: false, lostBytes: 3, doubledBytes: 3 });
  });
});
