#ifndef HOLDFAST_LAUNCHER_H
#define HOLDFAST_LAUNCHER_H

#include <sys/resource.h>
#include <sys/types.h>

/* Exit codes of the launcher itself, as a shell has them. */
#define LAUNCH_FAILED 125
#define NOT_EXECUTABLE 126
#define NOT_FOUND 127

/* MAX_DESCRIPTORS and FIRST_DESCRIPTOR of wire/host-messages.ts. */
#define MAX_PASSED 16
#define FIRST_PASSED 10

struct words {
  int count;
  char **list;
};

struct launch {
  int supervised;
  int passed[MAX_PASSED];
  int passed_count;
  mode_t umask;
  /* RLIM_INFINITY: as it is. */
  rlim_t data, file_size, processes, files;
  long uid, gid;
  const char *user, *cwd;
  int envc;
  char **environment;
  /* Ends with NULL. */
  char **program;
};

/* Says what went wrong on the terminal; the exit code. */
int fail(const char *what);

/* arguments.c. Both: 0, or -1 with errno. */
int read_words(int fd, struct words *words);
int parse_launch(struct words words, struct launch *launch);

/* supervise.c. The exit code; it may also end by the signal that ended the program. */
int supervise(const struct launch *launch, int (*run)(const struct launch *));

#endif
