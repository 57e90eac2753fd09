import { onWakeUp } from './wake-up';

describe('onWakeUp', () => {
  it('does nothing where there is no page', () => {
    onWakeUp(() => undefined).dispose();
  });

  it('runs when the network comes back and when the tab is looked at, until disposed', () => {
    const page = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
    const scope = new EventTarget();
    const global = globalThis as unknown as Record<string, unknown>;
    global.document = page;
    global.addEventListener = scope.addEventListener.bind(scope);
    global.removeEventListener = scope.removeEventListener.bind(scope);
    try {
      let runs = 0;
      const subscription = onWakeUp(() => (runs += 1));
      scope.dispatchEvent(new Event('online'));
      page.dispatchEvent(new Event('visibilitychange'));
      expect(runs).toBe(1);
      page.visibilityState = 'visible';
      page.dispatchEvent(new Event('visibilitychange'));
      expect(runs).toBe(2);
      subscription.dispose();
      scope.dispatchEvent(new Event('online'));
      expect(runs).toBe(2);
    } finally {
      delete global.document;
      delete global.addEventListener;
      delete global.removeEventListener;
    }
  });
});
