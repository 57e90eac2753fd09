import { EXAMINED, REFUSED } from './system-calls';

export type FilterArchitecture = 'x64' | 'arm64';

export interface FilterOptions {
  /** False: no files in memory, from which programs could be run that are not in the view. */
  readonly memoryFiles: boolean;
}

/** One instruction of classic BPF: what, where to go on if true and if false (relative), and an operand. */
interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly operand: number;
}

const Code = { load: 0x20, equals: 0x15, atLeast: 0x35, anyBit: 0x45, answer: 0x06 } as const;
const INSTRUCTION_BYTES = 8;

/** Answers of a filter (linux/seccomp.h). */
const ALLOW = 0x7fff_0000;
const KILL_PROCESS = 0x8000_0000;
const failWith = (errno: number): number => 0x0005_0000 | errno;
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** Offsets in struct seccomp_data. An argument has 64 bits; the kernel looks at the lower 32 of those below. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const argument = (index: number): number => 16 + 8 * index;

const AUDIT_ARCHITECTURE: Readonly<Record<FilterArchitecture, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
/** x86_64 system calls from here on are those of the x32 ABI: the same calls under other numbers. */
const X32 = 0x4000_0000;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e02_0000;
/** TIOCSTI types into the terminal, TIOCLINUX pastes into a console: what runs in a sandbox would type outside of it. */
const TYPING_IOCTLS = [0x5412, 0x541c];
/** AF_PACKET, AF_ALG, AF_VSOCK: raw packets, kernel crypto, and the host of a virtual machine, whatever the network namespace. */
const REFUSED_FAMILIES = [17, 38, 40];

/**
 * The seccomp filter of a sandbox, as `bwrap --seccomp` reads it. Everything is allowed but what is listed. Of flags and ioctl
 * numbers the lower 32 bits are compared: the kernel ignores the upper ones, and a filter that does not is passed by setting one
 * (CVE-2019-10063).
 */
export function seccompFilter(architecture: FilterArchitecture, { memoryFiles }: FilterOptions): Buffer {
  const column = architecture === 'x64' ? 0 : 1;
  const program: Instruction[] = [
    load(ARCHITECTURE),
    jump(Code.equals, AUDIT_ARCHITECTURE[architecture], 1, 0),
    answer(KILL_PROCESS),
    load(NUMBER),
    ...(architecture === 'x64' ? [jump(Code.atLeast, X32, 0, 1), answer(failWith(ENOSYS))] : []),
  ];
  for (const numbers of Object.values(REFUSED)) program.push(...refuse(numbers[column], EPERM));
  // Its flags are behind a pointer: libc falls back to clone(2).
  program.push(...refuse(EXAMINED.clone3[column], ENOSYS));
  if (!memoryFiles) program.push(...refuse(EXAMINED.memfd_create[column], EPERM));
  program.push(
    ...when(EXAMINED.clone[column], [
      load(argument(0)),
      jump(Code.anyBit, NEW_NAMESPACES, 0, 1),
      answer(failWith(EPERM)),
      answer(ALLOW),
    ]),
    ...when(EXAMINED.ioctl[column], [load(argument(1)), ...oneOf(TYPING_IOCTLS, EPERM)]),
    ...when(EXAMINED.socket[column], [load(argument(0)), ...oneOf(REFUSED_FAMILIES, EAFNOSUPPORT)]),
    answer(ALLOW),
  );
  return assemble(program);
}

function load(offset: number): Instruction {
  return { code: Code.load, ifTrue: 0, ifFalse: 0, operand: offset };
}

function jump(code: number, operand: number, ifTrue: number, ifFalse: number): Instruction {
  return { code, ifTrue, ifFalse, operand };
}

function answer(value: number): Instruction {
  return { code: Code.answer, ifTrue: 0, ifFalse: 0, operand: value };
}

function refuse(number: number, errno: number): Instruction[] {
  return when(number, [answer(failWith(errno))]);
}

/** `body`, which ends with an answer, for one system call; others go on behind it. */
function when(number: number, body: readonly Instruction[]): Instruction[] {
  return [jump(Code.equals, number, 0, body.length), ...body];
}

/** Refuses these values of what was loaded, and allows every other. */
function oneOf(values: readonly number[], errno: number): Instruction[] {
  const comparisons = values.map((value, at) => jump(Code.equals, value, values.length - at, 0));
  return [...comparisons, answer(ALLOW), answer(failWith(errno))];
}

function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES);
  program.forEach(({ code, ifTrue, ifFalse, operand }, index) => {
    const at = index * INSTRUCTION_BYTES;
    bytes.writeUInt16LE(code, at);
    bytes[at + 2] = ifTrue;
    bytes[at + 3] = ifFalse;
    bytes.writeUInt32LE(operand >>> 0, at + 4);
  });
  return bytes;
}
