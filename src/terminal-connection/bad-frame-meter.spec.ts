import { BadFrameMeter, MAX_BAD_FRAMES } from './bad-frame-meter';

it('is full at the hundredth within a minute, not at the hundredth ever', () => {
  let now = 0;
  const meter = new BadFrameMeter(() => now);
  for (let i = 1; i < MAX_BAD_FRAMES; i++) expect(meter.note()).toBe(false);
  now = 60_000;
  expect(meter.note()).toBe(false);
  for (let i = 2; i < MAX_BAD_FRAMES; i++) expect(meter.note()).toBe(false);
  expect(meter.note()).toBe(true);
});
