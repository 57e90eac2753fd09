/*
 * The one way a shell is started. The order matters:
 *   1. every descriptor >= 3 is closed: PTY masters of other sessions leak into children otherwise;
 *   2. limits are set;
 *   3. as root: capabilities are dropped for another user, the terminal is given to that user, supplementary groups are
 *      replaced, then gid and uid;
 *   4. no_new_privs, working directory, and the program with exactly the environment it was given.
 *
 * launcher UID GID USER|- CWD NOFILE ENVC [KEY=VALUE ...] PROGRAM [ARG ...]
 *   UID and GID may be -1: stay who we are, but without supplementary groups when root.
 * The environment travels in argv, not in environ, so that LD_PRELOAD and the like never reach this process.
 * Exit codes of its own: 125 the launch failed, 126 not executable, 127 not found.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LAUNCH_FAILED 125
#define TTY_GROUP 5
#define LAST_CAPABILITY 63
#define USUAL_UMASK 022

static int fail(const char *what) {
  fprintf(stderr, "holdfast: %s: %s\r\n", what, strerror(errno));
  return LAUNCH_FAILED;
}

static void close_inherited(void) {
  if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0) return;
  long max = sysconf(_SC_OPEN_MAX); /* kernels before 5.9 */
  for (long fd = 3; fd < (max > 0 ? max : 65536); fd++) close((int)fd);
}

static void be_first_out_of_memory(void) {
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, "200", 3) < 0) errno = 0; /* a wish, not a condition */
  close(fd);
}

int main(int argc, char **argv) {
  if (argc < 8) {
    errno = EINVAL;
    return fail("launcher");
  }
  const long uid = atol(argv[1]), gid = atol(argv[2]);
  const char *user = argv[3], *cwd = argv[4];
  const rlim_t files = (rlim_t)atol(argv[5]);
  const int envc = atoi(argv[6]);
  if (envc < 0 || 7 + envc >= argc) {
    errno = EINVAL;
    return fail("launcher");
  }
  char **program = argv + 7 + envc;

  close_inherited();
  be_first_out_of_memory();

  struct rlimit limit = {files, files};
  setrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max = 0;
  setrlimit(RLIMIT_CORE, &limit);

  if (geteuid() == 0) {
    if (uid > 0) {
      for (int capability = 0; capability <= LAST_CAPABILITY; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
      if (fchown(0, (uid_t)uid, TTY_GROUP) != 0 || fchmod(0, 0620) != 0) return fail("terminal");
    }
    if (user[0] == '-' ? setgroups(0, NULL) : initgroups(user, (gid_t)gid)) return fail("groups");
    if (gid >= 0 && setresgid((gid_t)gid, (gid_t)gid, (gid_t)gid)) return fail("gid");
    if (uid >= 0 && setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid)) return fail("uid");
  }
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  umask(USUAL_UMASK); /* the host's own hides everything from everybody else */

  if (chdir(cwd) != 0) {
    fprintf(stderr, "holdfast: %s: %s; starting in /\r\n", cwd, strerror(errno));
    if (chdir("/") != 0) return fail("/");
  }

  char **environment = calloc((size_t)envc + 1, sizeof *environment);
  if (!environment) return fail("memory");
  memcpy(environment, argv + 7, (size_t)envc * sizeof *environment);

  execvpe(program[0], program, environment);
  fprintf(stderr, "holdfast: %s: %s\r\n", program[0], strerror(errno));
  return errno == ENOENT ? 127 : 126;
}
