/*
 * The outer half of a strict view. What a user can write to is mounted so that nothing in it can be executed, which bubblewrap 0.8
 * cannot do: in a user and a mount namespace of its own, whose flags the sandbox inside cannot take back.
 *
 * noexec-mounts PROCESSES TMP TMP_BYTES DIRECTORY ... -- PROGRAM [ARG ...]
 *   TMP gets an empty file system of TMP_BYTES, each DIRECTORY is mounted on itself; nosuid, nodev, noexec.
 *   PROCESSES is the limit for everything below: set in here it counts this sandbox, outside it would count all of the user.
 * Exit code of its own: 125.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FAILED 125
#define HARMLESS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static int fail(const char *what) {
  fprintf(stderr, "holdfast: strict view: %s: %s\r\n", what, strerror(errno));
  return FAILED;
}

static int write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t written = write(fd, text, strlen(text));
  close(fd);
  return written == (ssize_t)strlen(text) ? 0 : -1;
}

/* The same user inside: without root's rights once the program runs. */
static int enter_namespaces(void) {
  char users[64], groups[64];
  snprintf(users, sizeof users, "%u %u 1", (unsigned)geteuid(), (unsigned)geteuid());
  snprintf(groups, sizeof groups, "%u %u 1", (unsigned)getegid(), (unsigned)getegid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) return -1;
  if (write_file("/proc/self/setgroups", "deny") && errno != ENOENT) return -1;
  if (write_file("/proc/self/uid_map", users) || write_file("/proc/self/gid_map", groups)) return -1;
  return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* Not recursive: where something is mounted below, this fails, and with it the launch. */
static int mount_on_itself(const char *directory) {
  struct statvfs before;
  if (mount(directory, directory, NULL, MS_BIND, NULL) || statvfs(directory, &before)) return -1;
  unsigned long kept = before.f_flag & ST_RDONLY ? MS_RDONLY : 0;
  return mount(NULL, directory, NULL, MS_REMOUNT | MS_BIND | HARMLESS | kept, NULL);
}

int main(int argc, char **argv) {
  int end = 4;
  while (end < argc && strcmp(argv[end], "--") != 0) end++;
  if (end + 1 >= argc) {
    errno = EINVAL;
    return fail("arguments");
  }
  const char *tmp = argv[2];
  char options[64];
  snprintf(options, sizeof options, "mode=1777,size=%lld", atoll(argv[3]));

  if (enter_namespaces()) return fail("user namespaces");
  if (mount("tmpfs", tmp, "tmpfs", HARMLESS, options)) return fail(tmp);
  for (int i = 4; i < end; i++)
    if (mount_on_itself(argv[i])) return fail(argv[i]);

  struct rlimit processes = {(rlim_t)atol(argv[1]), (rlim_t)atol(argv[1])};
  if (setrlimit(RLIMIT_NPROC, &processes)) return fail("processes");
  execv(argv[end + 1], argv + end + 1);
  return fail(argv[end + 1]);
}
