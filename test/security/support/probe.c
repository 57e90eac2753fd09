/*
 * Attempts that a shell cannot make by itself. Exit code 0: it worked, which is a leak.
 *
 *   probe unix PATH | tcp PORT | memory PID MARK | ptrace PID | getfd PID | tiocsti | tiocsti-high | vsock
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int try_unix(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address);
}

static int try_tcp(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address);
}

static int try_memory(const char *pid, const char *mark) {
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%s/maps", pid);
  FILE *maps = fopen(path, "r");
  snprintf(path, sizeof path, "/proc/%s/mem", pid);
  const int memory = open(path, O_RDONLY);
  if (!maps || memory < 0) return -1;
  static char piece[1 << 20];
  while (fgets(line, sizeof line, maps)) {
    unsigned long from, to;
    char rights[8];
    if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || strncmp(rights, "rw", 2) != 0) continue;
    for (; from < to; from += sizeof piece) {
      const ssize_t got = pread(memory, piece, sizeof piece, (off_t)from);
      if (got > 0 && memmem(piece, (size_t)got, mark, strlen(mark))) return 0;
    }
  }
  return -1;
}

static int try_ptrace(int pid) {
  return (int)ptrace(PTRACE_SEIZE, pid, 0, 0);
}

static int try_getfd(int pid) {
  const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  for (int fd = 0; pidfd >= 0 && fd < 64; fd++)
    if (syscall(SYS_pidfd_getfd, pidfd, fd, 0) >= 0) return 0;
  return -1;
}

static int try_tiocsti(unsigned long request) {
  char typed = '#';
  /* Past libc, which may cut the number to 32 bits. */
  return (int)syscall(SYS_ioctl, open("/dev/tty", O_RDWR), request, &typed);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  const char *what = argv[1], *first = argc > 2 ? argv[2] : "";
  int result = -1;
  if (!strcmp(what, "unix")) result = try_unix(first);
  else if (!strcmp(what, "tcp")) result = try_tcp(atoi(first));
  else if (!strcmp(what, "memory") && argc > 3) result = try_memory(first, argv[3]);
  else if (!strcmp(what, "ptrace")) result = try_ptrace(atoi(first));
  else if (!strcmp(what, "getfd")) result = try_getfd(atoi(first));
  else if (!strcmp(what, "tiocsti")) result = try_tiocsti(TIOCSTI);
  else if (!strcmp(what, "tiocsti-high")) result = try_tiocsti(TIOCSTI | 1ul << 32);
  else if (!strcmp(what, "vsock")) result = socket(40, SOCK_STREAM, 0) < 0 ? -1 : 0;
  else return 2;
  return result < 0 ? 1 : 0;
}
