import { dollars, share, shortModel, tokens } from './amounts';

describe('amounts of a Claude session', () => {
  it('are short', () => {
    expect([0, 0.001, 0.4237, 12].map(dollars)).toEqual(['$0.00', '<$0.01', '$0.42', '$12.00']);
    expect([950, 12_345, 999_700, 1_234_567].map(tokens)).toEqual(['950', '12k', '1.0M', '1.2M']);
    expect(shortModel('claude-sonnet-4-5-20250929')).toBe('sonnet-4-5');
  });

  it('never fill a bar further than it is long', () => {
    expect([share(1, 3), share(5, 3), share(-1, 3), share(1, 0)]).toEqual([33, 100, 0, 0]);
  });
});
