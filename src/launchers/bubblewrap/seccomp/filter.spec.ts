import { type FilterArchitecture, seccompFilter } from './filter';
import { EXAMINED, REFUSED } from './system-calls';

const ALLOW = 0x7fff_0000;
const KILL_PROCESS = 0x8000_0000;
const EPERM = 0x0005_0001;
const ENOSYS = 0x0005_0026;
const EAFNOSUPPORT = 0x0005_0061;
const TIOCSTI = 0x5412n;
const CLONE_NEWUSER = 0x1000_0000n;
const AUDIT = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;

interface SystemCall {
  readonly number: number;
  readonly architecture?: number;
  readonly arguments?: readonly bigint[];
}

/** What the kernel does with a filter: linux/filter.h, the five instructions that are used. */
function decide(filter: Buffer, { number, architecture = AUDIT.x64, arguments: given = [] }: SystemCall): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(architecture, 4);
  given.forEach((value, index) => data.writeBigUInt64LE(value, 16 + 8 * index));
  let loaded = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const operand = filter.readUInt32LE(at + 4);
    const branch = (holds: boolean): void => void (at += 8 * (filter[at + (holds ? 2 : 3)] ?? 0));
    const code = filter.readUInt16LE(at);
    if (code === 0x20) loaded = data.readUInt32LE(operand);
    else if (code === 0x15) branch(loaded === operand);
    else if (code === 0x35) branch(loaded >= operand);
    else if (code === 0x45) branch((loaded & operand) !== 0);
    else if (code === 0x06) return operand;
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error('the filter has no answer');
}

describe.each<FilterArchitecture>(['x64', 'arm64'])('the filter for %s', (name) => {
  const column = name === 'x64' ? 0 : 1;
  const architecture = AUDIT[name];
  const filter = seccompFilter(name, { memoryFiles: true });
  const answerTo = (number: number, ...given: bigint[]): number =>
    decide(filter, { number, architecture, arguments: given });

  it('refuses every listed call and allows its neighbours', () => {
    const refused = new Set(Object.values(REFUSED).map((numbers) => numbers[column]));
    const examined = new Set<number>(Object.values(EXAMINED).map((numbers) => numbers[column]));
    for (let number = 0; number < 500; number++) {
      if (examined.has(number)) continue;
      expect({ number, answer: answerTo(number) }).toEqual({ number, answer: refused.has(number) ? EPERM : ALLOW });
    }
  });

  it('refuses typing into a terminal whatever the upper half of the number is, and no other ioctl', () => {
    const ioctl = EXAMINED.ioctl[column];
    for (const upper of [0n, 1n, 0xffff_ffffn]) expect(answerTo(ioctl, 0n, TIOCSTI | (upper << 32n))).toBe(EPERM);
    expect(answerTo(ioctl, 0n, 0x541cn)).toBe(EPERM);
    for (const usual of [0x5401n, 0x5413n, 0x5414n]) expect(answerTo(ioctl, 0n, usual)).toBe(ALLOW);
  });

  it('refuses new namespaces, allows threads and processes, and sends callers of clone3 to clone', () => {
    const clone = EXAMINED.clone[column];
    expect(answerTo(clone, CLONE_NEWUSER | 17n)).toBe(EPERM);
    expect(answerTo(clone, CLONE_NEWUSER | (1n << 40n))).toBe(EPERM);
    expect(answerTo(clone, 17n)).toBe(ALLOW);
    expect(answerTo(clone, 0x3d0f00n)).toBe(ALLOW);
    expect(answerTo(EXAMINED.clone3[column])).toBe(ENOSYS);
  });

  it('refuses sockets that reach past namespaces', () => {
    const socket = EXAMINED.socket[column];
    for (const family of [17n, 38n, 40n]) expect(answerTo(socket, family)).toBe(EAFNOSUPPORT);
    for (const family of [1n, 2n, 10n, 16n]) expect(answerTo(socket, family)).toBe(ALLOW);
  });

  it('kills a process of another architecture, whose calls have other numbers', () => {
    expect(decide(filter, { number: 0, architecture: 0x4000_0003 })).toBe(KILL_PROCESS);
    expect(decide(filter, { number: 0, architecture: AUDIT[name === 'x64' ? 'arm64' : 'x64'] })).toBe(KILL_PROCESS);
  });

  it('refuses files in memory only where a view must not run what it does not show', () => {
    const number = EXAMINED.memfd_create[column];
    expect(answerTo(number)).toBe(ALLOW);
    const strict = seccompFilter(name, { memoryFiles: false });
    expect(decide(strict, { number, architecture })).toBe(EPERM);
  });
});

it('the filter for x64 knows the x32 spelling of every call', () => {
  const filter = seccompFilter('x64', { memoryFiles: true });
  expect(decide(filter, { number: 0x4000_0000 + 165 })).toBe(ENOSYS);
});
