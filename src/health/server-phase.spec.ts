import { ServerPhase } from './server-phase';

it('ServerPhase only moves forward', () => {
  const phase = new ServerPhase();
  phase.advance('draining');
  phase.advance('serving');
  expect(phase.current).toBe('draining');
});
