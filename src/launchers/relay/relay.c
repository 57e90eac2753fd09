/*
 * The way out of a sandbox: one Unix socket outside, reached inside as a port of the loopback interface.
 *
 * relay PORT SOCKET -- PROGRAM [ARG ...]
 *   Listens on 127.0.0.1:PORT and passes each connection on to SOCKET, in a child that ends with PROGRAM, which takes the place of
 *   this process: it keeps its pid, its terminal and its foreground.
 * Exit code of its own: 125.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define FAILED 125
/* A program talks on a handful at a time, and one more for each hook that waits; others wait in the backlog. */
#define MAX_PAIRS 64
#define BACKLOG 64
/* In each direction of each connection: as much as a socket holds anyway. */
#define BUFFER_BYTES (64 << 10)
/* Without a descriptor left, a connection that waits would be announced over and over. */
#define RECOVERY_MS 100

/* What one end said and the other did not take yet. */
struct stream {
  size_t start, end;
  int ended, passed_on;
  char bytes[BUFFER_BYTES];
};

/* One connection: the program at 0, the server at 1. streams[i] is what ends[i] says. */
struct pair {
  int open;
  int ends[2];
  struct stream streams[2];
};

/* Not on the stack and not allocated: what nobody uses costs nothing. */
static struct pair pairs[MAX_PAIRS];

static int fail(const char *what) {
  fprintf(stderr, "holdfast: relay: %s: %s\r\n", what, strerror(errno));
  return FAILED;
}

static int listen_on(int port) {
  const struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) return -1;
  if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, BACKLOG) != 0) return -1;
  return fd;
}

static int dial(const struct sockaddr_un *server) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, (const struct sockaddr *)server, sizeof *server) == 0) return fd;
  close(fd);
  return -1;
}

static struct pair *free_pair(void) {
  for (int i = 0; i < MAX_PAIRS; i++)
    if (!pairs[i].open) return &pairs[i];
  return NULL;
}

static void accept_one(int listener, const struct sockaddr_un *server) {
  struct pair *pair = free_pair();
  const int program = pair ? accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : -1;
  if (program < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) poll(NULL, 0, RECOVERY_MS);
    return;
  }
  const int outside = dial(server);
  if (outside < 0) {
    close(program); /* as a server that is away refuses: who asks tries again */
    return;
  }
  pair->open = 1;
  pair->ends[0] = program;
  pair->ends[1] = outside;
  for (int i = 0; i < 2; i++) {
    struct stream *stream = &pair->streams[i];
    stream->start = stream->end = 0;
    stream->ended = stream->passed_on = 0;
  }
}

static void close_pair(struct pair *pair) {
  close(pair->ends[0]);
  close(pair->ends[1]);
  pair->open = 0;
}

static int is_passing(int result) {
  return result >= 0 || errno == EAGAIN || errno == EINTR;
}

/* -1: the connection is broken. */
static int take_in(int from, struct stream *stream) {
  if (stream->ended || stream->end > 0) return 0;
  const ssize_t got = recv(from, stream->bytes, BUFFER_BYTES, 0);
  if (got == 0) stream->ended = 1;
  if (got > 0) stream->end = (size_t)got;
  return is_passing((int)got) ? 0 : -1;
}

static int pass_on(int to, struct stream *stream) {
  if (stream->start < stream->end) {
    const ssize_t sent = send(to, stream->bytes + stream->start, stream->end - stream->start, MSG_NOSIGNAL);
    if (!is_passing((int)sent)) return -1;
    if (sent > 0) stream->start += (size_t)sent;
  }
  if (stream->start == stream->end) stream->start = stream->end = 0;
  if (stream->ended && stream->end == 0 && !stream->passed_on) {
    stream->passed_on = 1;
    shutdown(to, SHUT_WR); /* where it is gone already, the next read says so */
  }
  return 0;
}

static void serve_pair(struct pair *pair) {
  for (int i = 0; i < 2; i++) {
    struct stream *stream = &pair->streams[i];
    if (take_in(pair->ends[i], stream) != 0 || pass_on(pair->ends[1 - i], stream) != 0) {
      close_pair(pair);
      return;
    }
  }
  if (pair->streams[0].passed_on && pair->streams[1].passed_on) close_pair(pair);
}

static short wanted_of(const struct pair *pair, int end) {
  const struct stream *said = &pair->streams[end], *to_hear = &pair->streams[1 - end];
  return (short)((said->ended || said->end > 0 ? 0 : POLLIN) | (to_hear->end > 0 ? POLLOUT : 0));
}

/* An end of which nothing is wanted is left out: it would report that its peer is gone, over and over. */
static void relay(int listener, const struct sockaddr_un *server) {
  struct pollfd polled[1 + 2 * MAX_PAIRS];
  for (;;) {
    polled[0] = (struct pollfd){free_pair() ? listener : -1, POLLIN, 0};
    for (int i = 0; i < MAX_PAIRS; i++)
      for (int end = 0; end < 2; end++) {
        const short wanted = pairs[i].open ? wanted_of(&pairs[i], end) : 0;
        polled[1 + 2 * i + end] = (struct pollfd){wanted ? pairs[i].ends[end] : -1, wanted, 0};
      }
    if (poll(polled, 1 + 2 * MAX_PAIRS, -1) < 0 && errno != EINTR) _exit(FAILED);
    for (int i = 0; i < MAX_PAIRS; i++)
      if (polled[1 + 2 * i].revents || polled[2 + 2 * i].revents) serve_pair(&pairs[i]);
    if (polled[0].revents) accept_one(listener, server);
  }
}

/* Out of reach of the terminal's signals, and without anything of the program's but the listener. */
static int serve(int listener, const struct sockaddr_un *server, pid_t program) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != program) return 0;
  setsid();
  const int nothing = open("/dev/null", O_RDWR);
  if (nothing < 0) return FAILED;
  for (int fd = 0; fd <= 2; fd++) dup2(nothing, fd);
  dup2(listener, 3);
  syscall(SYS_close_range, 4u, ~0u, 0u);
  prctl(PR_SET_NAME, "relay", 0, 0, 0);
  relay(3, server);
  return 0;
}

int main(int argc, char **argv) {
  struct sockaddr_un server = {.sun_family = AF_UNIX};
  if (argc < 5 || strcmp(argv[3], "--") != 0 || strlen(argv[2]) >= sizeof server.sun_path) {
    errno = EINVAL;
    return fail("arguments");
  }
  strcpy(server.sun_path, argv[2]);
  const int listener = listen_on(atoi(argv[1]));
  if (listener < 0) return fail("the port");
  const pid_t program = getpid();
  const pid_t child = fork();
  if (child < 0) return fail("fork");
  if (child == 0) _exit(serve(listener, &server, program));
  execv(argv[4], argv + 4);
  return fail(argv[4]);
}
