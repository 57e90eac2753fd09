import fs from 'node:fs';
import koffi from 'koffi';

/**
 * The few system calls that Node does not offer, through koffi (a prebuilt FFI): close-on-exec, descriptor passing, peer
 * credentials, the foreground process group, files in memory. Structures are those of 64-bit Linux.
 */
const libc = koffi.load('libc.so.6');

// Without names, which koffi keeps for the whole process: several test suites load this file into one.
const iovec = koffi.struct({ base: 'uint8_t *', len: 'size_t' });
const msghdr = koffi.struct({
  name: 'void *',
  namelen: 'uint32_t',
  iov: koffi.pointer(iovec),
  iovlen: 'size_t',
  control: 'uint8_t *',
  controllen: 'size_t',
  flags: 'int',
});

const sendmsg = libc.func('sendmsg', 'int64_t', ['int', koffi.pointer(msghdr), 'int']);
const recvmsg = libc.func('recvmsg', 'int64_t', ['int', koffi.inout(koffi.pointer(msghdr)), 'int']);
const fcntl = libc.func('int fcntl(int fd, int cmd, ...)');
const getsockopt = libc.func(
  'int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)',
);
const socket = libc.func('int socket(int domain, int type, int protocol)');
const bind = libc.func('int bind(int fd, const uint8_t *address, uint32_t length)');
const listen = libc.func('int listen(int fd, int backlog)');
const tcgetpgrp = libc.func('int tcgetpgrp(int fd)');
const mmap = libc.func('void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)');
const memfdCreate = libc.func('int memfd_create(const char *name, unsigned int flags)');
const munmap = libc.func('int munmap(void *address, size_t length)');

const F_SETFD = 2;
const FD_CLOEXEC = 1;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;
const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 1 | 0x80000;
const SUN_PATH_BYTES = 108;
const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
/** cmsghdr (16 bytes) and one descriptor, rounded up to 8. */
const CONTROL_BYTES = 24;
const CMSG_LEN = 20n;

function check(result: number | bigint, call: string): void {
  if (Number(result) < 0) throw new Error(`${call} failed with errno ${koffi.errno()}`);
}

export function setCloseOnExec(fd: number): void {
  check(fcntl(fd, F_SETFD, 'int', FD_CLOEXEC) as number, 'fcntl(F_SETFD)');
}

/** Sends one descriptor over a Unix socket, with one byte to carry it. */
export function sendDescriptor(socketFd: number, fd: number): void {
  const control = Buffer.alloc(CONTROL_BYTES);
  control.writeBigUInt64LE(CMSG_LEN, 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  control.writeInt32LE(fd, 16);
  const message = header(Buffer.from('F'), control);
  check(sendmsg(socketFd, message, MSG_NOSIGNAL) as bigint, 'sendmsg');
}

/** Receives the descriptor of one `sendDescriptor`; it is close-on-exec. */
export function receiveDescriptor(socketFd: number): number {
  const control = Buffer.alloc(CONTROL_BYTES);
  const received = Number(recvmsg(socketFd, header(Buffer.alloc(1), control), MSG_CMSG_CLOEXEC));
  check(received, 'recvmsg');
  if (received !== 1 || control.readInt32LE(12) !== SCM_RIGHTS) throw new Error('recvmsg brought no descriptor');
  return control.readInt32LE(16);
}

function header(data: Buffer, control: Buffer): object {
  return {
    name: null,
    namelen: 0,
    iov: [{ base: data, len: data.length }],
    iovlen: 1,
    control,
    controllen: control.length,
    flags: 0,
  };
}

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Who is at the other end of a Unix socket, as the kernel says. */
export function peerCredentials(socketFd: number): PeerCredentials {
  const value = Buffer.alloc(12);
  check(getsockopt(socketFd, SOL_SOCKET, SO_PEERCRED, value, [value.length]) as number, 'getsockopt(SO_PEERCRED)');
  return { pid: value.readInt32LE(0), uid: value.readUInt32LE(4), gid: value.readUInt32LE(8) };
}

/**
 * Binds and listens without accepting, which Node's own servers cannot: connections wait in the backlog until a process that
 * inherited the descriptor accepts them.
 */
export function listenUnix(path: string, backlog: number): number {
  if (Buffer.byteLength(path) >= SUN_PATH_BYTES) {
    throw new Error(`The path ${path} is too long for a Unix socket (${SUN_PATH_BYTES - 1} bytes at most).`);
  }
  const fd = socket(AF_UNIX, SOCK_STREAM_CLOEXEC, 0) as number;
  check(fd, 'socket');
  const address = Buffer.alloc(2 + SUN_PATH_BYTES);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  check(bind(fd, address, address.length) as number, `bind(${path})`);
  check(listen(fd, backlog) as number, 'listen');
  return fd;
}

export interface Mapping {
  readonly bytes: Buffer;
  /** Nothing may touch `bytes` afterwards. */
  unmap(): void;
}

/** The first `length` bytes of a file as memory: what is written there is in the page cache at once. */
export function mapShared(fd: number, length: number): Mapping {
  const address: unknown = mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (koffi.address(address) === MAP_FAILED) throw new Error(`mmap failed with errno ${koffi.errno()}`);
  return {
    bytes: Buffer.from(koffi.view(address, length)),
    unmap: () => check(munmap(address, length) as number, 'munmap'),
  };
}

/** A file without a name, to be read from its start by the next child: it is NOT close-on-exec. The caller closes it. */
export function memoryFile(name: string, content: Uint8Array): number {
  const fd = memfdCreate(name, 0) as number;
  check(fd, 'memfd_create');
  // At a position, which leaves the one of the descriptor where a reader begins.
  for (let at = 0; at < content.length;) at += fs.writeSync(fd, content, at, content.length - at, at);
  return fd;
}

/** The process group in the foreground of the terminal behind a PTY master, or 0. */
export function foregroundProcessGroup(masterFd: number): number {
  return Math.max(0, tcgetpgrp(masterFd) as number);
}
