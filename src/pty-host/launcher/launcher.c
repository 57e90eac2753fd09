/*
 * The one way a shell is started. The order matters:
 *   1. every descriptor >= 3 that was not passed on purpose is closed: PTY masters of other sessions leak into children otherwise;
 *   2. supervised: it forks, and the parent stays (supervise.c); what follows happens in the child;
 *   3. limits are set;
 *   4. as root: capabilities are dropped for another user, the terminal is given to that user, supplementary groups are
 *      replaced, then gid and uid;
 *   5. no_new_privs, working directory, and the program with exactly the environment it was given.
 *
 * Which program, and why it confines what runs in it, is not known here: that is said by whoever asks for a launch (src/launchers).
 * The environment comes as words (arguments.c), not in environ, so that LD_PRELOAD and the like never reach this process.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TTY_GROUP 5
#define LAST_CAPABILITY 63
#define FROM "--from="

int fail(const char *what) {
  fprintf(stderr, "holdfast: %s: %s\r\n", what, strerror(errno));
  return LAUNCH_FAILED;
}

static void close_between(unsigned first, unsigned last) {
  if (syscall(SYS_close_range, first, last, 0u) == 0) return;
  long max = sysconf(_SC_OPEN_MAX); /* kernels before 5.9 */
  if (max <= 0) max = 65536;
  for (unsigned fd = first; fd <= last && fd < (unsigned)max; fd++) close((int)fd);
}

/* Passed descriptors come to their places and everything else is closed. Above all places first: a place may be in use. */
static int keep_passed(const struct launch *launch) {
  const int count = launch->passed_count;
  int high[MAX_PASSED];
  for (int i = 0; i < count; i++)
    if ((high[i] = fcntl(launch->passed[i], F_DUPFD, FIRST_PASSED + count)) < 0) return -1;
  for (int i = 0; i < count; i++)
    if (dup2(high[i], FIRST_PASSED + i) < 0) return -1;
  close_between(3, count ? FIRST_PASSED - 1 : ~0u);
  if (count) close_between((unsigned)(FIRST_PASSED + count), ~0u);
  return 0;
}

static void be_first_out_of_memory(void) {
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, "200", 3) < 0) errno = 0; /* a wish, not a condition */
  close(fd);
}

static int set_limit(__rlimit_resource_t resource, rlim_t value) {
  if (value == RLIM_INFINITY) return 0;
  struct rlimit before;
  if (getrlimit(resource, &before) != 0) return -1;
  const struct rlimit wanted = {value, value}, highest = {before.rlim_max, before.rlim_max};
  if (setrlimit(resource, &wanted) == 0) return 0;
  /* Only some may raise what is there; to be below what was asked for is no harm. */
  return before.rlim_max < value ? setrlimit(resource, &highest) : -1;
}

static int set_limits(const struct launch *launch) {
  const struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return -1;
  if (set_limit(RLIMIT_NOFILE, launch->files) != 0) return -1;
  if (set_limit(RLIMIT_DATA, launch->data) != 0) return -1;
  if (set_limit(RLIMIT_FSIZE, launch->file_size) != 0) return -1;
  return set_limit(RLIMIT_NPROC, launch->processes);
}

static int become_user(const struct launch *launch) {
  const long uid = launch->uid, gid = launch->gid;
  if (geteuid() != 0) return 0;
  if (uid > 0) {
    for (int capability = 0; capability <= LAST_CAPABILITY; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    if (fchown(0, (uid_t)uid, TTY_GROUP) != 0 || fchmod(0, 0620) != 0) return fail("terminal");
  }
  if (launch->user[0] == '-' ? setgroups(0, NULL) : initgroups(launch->user, (gid_t)gid)) return fail("groups");
  if (gid >= 0 && setresgid((gid_t)gid, (gid_t)gid, (gid_t)gid)) return fail("gid");
  if (uid >= 0 && setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid)) return fail("uid");
  return 0;
}

static int run(const struct launch *launch) {
  be_first_out_of_memory();
  if (set_limits(launch) != 0) return fail("limits");
  const int refused = become_user(launch);
  if (refused) return refused;
  /* After the change of user, which takes it back. */
  if (launch->supervised) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  umask(launch->umask); /* the host's own hides everything from everybody else */

  if (chdir(launch->cwd) != 0) {
    fprintf(stderr, "holdfast: %s: %s; starting in /\r\n", launch->cwd, strerror(errno));
    if (chdir("/") != 0) return fail("/");
  }

  char **environment = calloc((size_t)launch->envc + 1, sizeof *environment);
  if (!environment) return fail("memory");
  memcpy(environment, launch->environment, (size_t)launch->envc * sizeof *environment);

  execvpe(launch->program[0], launch->program, environment);
  fprintf(stderr, "holdfast: %s: %s\r\n", launch->program[0], strerror(errno));
  return errno == ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
}

int main(int argc, char **argv) {
  struct words words = {argc, argv};
  struct launch launch;
  if (argc == 2 && strncmp(argv[1], FROM, strlen(FROM)) == 0 && read_words(atoi(argv[1] + strlen(FROM)), &words) != 0)
    return fail("launcher");
  if (parse_launch(words, &launch) != 0) return fail("launcher");
  if (keep_passed(&launch) != 0) return fail("descriptors");
  return launch.supervised ? supervise(&launch, run) : run(&launch);
}
