import { ServerPhase } from './server-phase';

it('ServerPhase only moves forward', () => {
  const phase = new ServerPhase();
  phase.advance('draining');
  phase.advance('serving');
  expect(phase.current).toBe('draining');
});

it('ServerPhase starts background work once it serves, and never on the way out', () => {
  const phase = new ServerPhase();
  const started: string[] = [];
  phase.whenServing(() => started.push('early'));
  expect(started).toEqual([]);
  phase.advance('serving');
  phase.whenServing(() => started.push('late'));
  phase.advance('draining');
  phase.whenServing(() => started.push('never'));
  expect(started).toEqual(['early', 'late']);
});

it('ServerPhase gives up what others may take over once, when it begins to drain', () => {
  const phase = new ServerPhase();
  const ended: string[] = [];
  phase.whenDraining(() => ended.push('early'));
  phase.advance('serving');
  expect(ended).toEqual([]);
  phase.advance('draining');
  phase.advance('draining');
  phase.whenDraining(() => ended.push('late'));
  expect(ended).toEqual(['early', 'late']);
});
