/** How long a lock without `navigator.locks` outlives a tab that died with it. */
const LEASE_MS = 20_000;
const POLL_MS = 60;

/** Runs `work` while no other tab of this site runs something under the same name. */
export async function withTabLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  // Absent on plain http from another machine: only secure contexts have it.
  if (navigator.locks) return navigator.locks.request(name, work);
  return withStoredLock(name, work);
}

/** The same in `localStorage`: write a claim, wait for others to overwrite it, look whether it is still there. */
async function withStoredLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const key = `${name}.lock`;
  const mine = String(Math.random());
  const holder = (): { id: string; until: number } => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? '{"id":"","until":0}') as { id: string; until: number };
    } catch {
      return { id: '', until: 0 };
    }
  };
  for (;;) {
    if (holder().until < Date.now()) {
      try {
        localStorage.setItem(key, JSON.stringify({ id: mine, until: Date.now() + LEASE_MS }));
      } catch {
        return work();
      }
      await sleep(POLL_MS);
      if (holder().id === mine) break;
    }
    await sleep(POLL_MS * (1 + Math.random()));
  }
  try {
    return await work();
  } finally {
    if (holder().id === mine) localStorage.removeItem(key);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
