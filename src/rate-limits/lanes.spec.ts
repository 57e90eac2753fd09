import { setImmediate as turn } from 'node:timers/promises';
import { Lanes } from './lanes';

describe('Lanes', () => {
  it('lets four of each key in at a time, and the others in their order', async () => {
    const lanes = new Lanes();
    const started: string[] = [];
    for (let i = 1; i <= 6; i++) expect(lanes.enter('a', () => started.push(`a${i}`))).toBe(true);
    lanes.enter('b', () => started.push('b1'));
    expect(started).toEqual(['a1', 'a2', 'a3', 'a4', 'b1']);
    lanes.leave('a');
    lanes.leave('a');
    await turn();
    expect(started.slice(5)).toEqual(['a5', 'a6']);
    for (let i = 0; i < 4; i++) lanes.leave('a');
    lanes.enter('a', () => started.push('a7'));
    expect(started.at(-1)).toBe('a7');
  });

  it('sends away who would wait behind a thousand others', () => {
    const lanes = new Lanes();
    for (let i = 0; i < 1_004; i++) expect(lanes.enter('a', () => undefined)).toBe(true);
    expect(lanes.enter('a', () => undefined)).toBe(false);
  });
});
