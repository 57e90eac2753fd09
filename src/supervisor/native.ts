import { isIPv6 } from 'node:net';
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

/** The system calls behind the supervisor that Node does not offer, through koffi. Constants and structures are Linux'. */
const libc = koffi.load('libc.so.6');

const socket = libc.func('int socket(int domain, int type, int protocol)');
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)');
const bind = libc.func('int bind(int fd, const uint8_t *address, uint32_t length)');
const listen = libc.func('int listen(int fd, int backlog)');
const getsockname = libc.func('int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *length)');
const inetPton = libc.func('int inet_pton(int family, const char *text, _Out_ uint8_t *address)');
const close = libc.func('int close(int fd)');
const prctl = libc.func('int prctl(int option, ...)');

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_CLOEXEC = 1 | 0x80000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
/** sockaddr_in and sockaddr_in6. */
const IPV4_BYTES = 16;
const IPV6_BYTES = 28;
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/** A system call that failed, as Node's own errors are. */
class SystemCallError extends Error {
  readonly code: string;

  constructor(call: string) {
    const code = getSystemErrorName(-koffi.errno());
    super(`${call}: ${code}`);
    this.code = code;
  }
}

export interface BoundSocket {
  readonly fd: number;
  readonly port: number;
}

/**
 * Binds and listens without accepting, which Node's own servers cannot: connections wait in the backlog until a process that
 * inherited the descriptor accepts them. `address` is an IP address; `::` takes IPv4, too, as in Node.
 */
export function listenTcp(address: string, port: number, backlog: number): BoundSocket {
  const fd = socket(isIPv6(address) ? AF_INET6 : AF_INET, SOCK_STREAM_CLOEXEC, 0) as number;
  if (fd < 0) throw new SystemCallError('socket');
  try {
    // As Node does it: connections of the server before, in TIME_WAIT, do not keep the port.
    setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (isIPv6(address)) setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    const name = socketAddress(address, port);
    check(bind(fd, name, name.length) as number, 'bind');
    check(listen(fd, backlog) as number, 'listen');
    check(getsockname(fd, name, [name.length]) as number, 'getsockname');
    return { fd, port: name.readUInt16BE(2) };
  } catch (error) {
    close(fd);
    throw error;
  }
}

export function closeDescriptor(fd: number): void {
  close(fd);
}

/** The system kills this process when the thread that started it ends. Children do not inherit that. */
export function dieWithParent(): void {
  check(prctl(PR_SET_PDEATHSIG, 'long', SIGKILL) as number, 'prctl');
}

function check(result: number, call: string): void {
  if (result < 0) throw new SystemCallError(call);
}

function setOption(fd: number, level: number, name: number, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  check(setsockopt(fd, level, name, bytes, bytes.length) as number, 'setsockopt');
}

/** Family in the machine's order, port and address in the network's. */
function socketAddress(address: string, port: number): Buffer {
  const isSix = isIPv6(address);
  const family = isSix ? AF_INET6 : AF_INET;
  const name = Buffer.alloc(isSix ? IPV6_BYTES : IPV4_BYTES);
  name.writeUInt16LE(family, 0);
  name.writeUInt16BE(port, 2);
  if (inetPton(family, address, name.subarray(isSix ? 8 : 4)) !== 1) throw new SystemCallError('inet_pton');
  return name;
}
