import { chooseLauncher, type ChoiceOptions } from './choose';
import type { Launcher } from './launcher';
import type { LauncherName } from './launchers';

function launcherOf(name: LauncherName): Launcher {
  return {
    name,
    isSandbox: name === 'bubblewrap',
    launch: () => {
      throw new Error('nothing is launched here');
    },
  };
}

/** What is there, and whose self-test passes. */
function given(wanted: ChoiceOptions['wanted'], works: readonly LauncherName[], missing: readonly LauncherName[] = []) {
  const tested: LauncherName[] = [];
  const chosen = chooseLauncher({
    wanted,
    make: (name) => (missing.includes(name) ? { problem: `there is no ${name}` } : launcherOf(name)),
    test: async ({ name }) => {
      tested.push(name);
      const passed = works.includes(name);
      return { launcher: name, passed, problems: passed ? [] : [`${name} leaks`] };
    },
  });
  return chosen.then(({ choice, launcher }) => ({ choice, tested, name: launcher?.name }));
}

describe('auto', () => {
  it('takes bubblewrap where it keeps its promises, and tests nothing else', async () => {
    expect(await given('auto', ['bubblewrap', 'uid'])).toMatchObject({ name: 'bubblewrap', tested: ['bubblewrap'] });
  });

  it('takes a system user for each user where bubblewrap is missing or fails, and remembers why', async () => {
    expect(await given('auto', ['uid'])).toMatchObject({
      name: 'uid',
      choice: {
        selfTests: [
          { launcher: 'bubblewrap', problems: ['bubblewrap leaks'] },
          { launcher: 'uid', passed: true },
        ],
      },
    });
    expect(await given('auto', ['uid'], ['bubblewrap'])).toMatchObject({ name: 'uid', tested: ['uid'] });
  });

  it('is left with direct where nothing confines, and says so', async () => {
    const { name, choice } = await given('auto', [], ['uid']);
    expect(name).toBe('direct');
    expect(choice.why).toContain('bubblewrap: bubblewrap leaks. uid: there is no uid');
  });
});

describe('a launcher that was named', () => {
  it.each(['bubblewrap', 'uid', 'command'] as const)('%s is that one or none', async (name) => {
    expect(await given(name, [name])).toMatchObject({ name, choice: { launcher: name } });
    const { choice, ...none } = await given(name, [], [name]);
    expect(none.name).toBeUndefined();
    expect(choice).toMatchObject({
      why: `TERMINAL_LAUNCHER is ${name}, and that does not work here (${name}: there is no ${name})`,
    });
    expect(choice.launcher).toBeUndefined();
  });

  it('I-17: bubblewrap that fails its self-test is none, though uid would pass', async () => {
    const { name, tested } = await given('bubblewrap', ['uid']);
    expect(name).toBeUndefined();
    expect(tested).toEqual(['bubblewrap']);
  });

  it('direct is not tested, because it promises nothing', async () => {
    expect(await given('direct', [])).toMatchObject({ name: 'direct', tested: [] });
  });
});

it('nothing is chosen while the PTY host is away', async () => {
  const away = chooseLauncher({
    wanted: 'auto',
    make: launcherOf,
    test: () => Promise.reject(new Error('host_unavailable')),
  });
  await expect(away).rejects.toThrow('host_unavailable');
});
