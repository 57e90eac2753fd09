import { Grouped } from './grouped';

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

it('works off what arrives meanwhile as one group, each key for itself', async () => {
  const groups: string[] = [];
  const first = gate();
  const grouped = new Grouped<number, number>(async (key, requests) => {
    groups.push(`${key}: ${requests.join(' ')}`);
    if (requests[0] === 1) await first.opened;
    return requests.map((request) => request * 10);
  });
  const answers = [1, 2, 3].map((request) => grouped.run('a', request));
  expect(await grouped.run('b', 4)).toBe(40);
  first.open();
  expect(await Promise.all(answers)).toEqual([10, 20, 30]);
  expect(await grouped.run('a', 5)).toBe(50);
  expect(groups).toEqual(['a: 1', 'b: 4', 'a: 2 3', 'a: 5']);
});

it('tells everybody of a group why it failed, and goes on with the next one', async () => {
  const grouped = new Grouped<number, number>(async (_key, requests) => {
    await Promise.resolve();
    if (requests.includes(1)) throw new Error('no');
    return requests;
  });
  const answers = await Promise.allSettled([1, 2, 3].map((request) => grouped.run('a', request)));
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
});

it('keeps groups at their bound', async () => {
  const sizes: number[] = [];
  const grouped = new Grouped<number, number>(async (_key, requests) => {
    sizes.push(requests.length);
    await Promise.resolve();
    return requests;
  });
  await Promise.all(Array.from({ length: 301 }, (_, request) => grouped.run('a', request)));
  expect(sizes).toEqual([1, 200, 100]);
});
