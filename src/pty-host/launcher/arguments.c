/*
 * What is to be launched, as words:
 *
 *   [OPTION ... --] UID GID USER|- CWD NOFILE ENVC [KEY=VALUE ...] PROGRAM [ARG ...]
 *
 *   --supervise         stay, as the parent that ends everything when the program ended
 *   --pass=FD           the program gets it as descriptor 10, the next one as 11, …
 *   --umask=OCTAL  --data=BYTES  --file-size=BYTES  --processes=COUNT
 *
 * UID and GID may be -1: stay who we are, but without supplementary groups when root. A keeper of an earlier build gives the words
 * as arguments and has no options; a newer one writes them to a file in memory, each with a NUL behind it, and names that: --from=FD.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a launch says is a few KiB; Linux takes 2 MiB of arguments. */
#define MAX_CALL_BYTES (4 << 20)
#define USUAL_UMASK 022
#define FIXED_WORDS 6

static int invalid(void) {
  errno = EINVAL;
  return -1;
}

int read_words(int fd, struct words *words) {
  struct stat stat;
  if (fstat(fd, &stat) != 0) return -1;
  if (stat.st_size <= 0 || stat.st_size > MAX_CALL_BYTES) return invalid();
  const size_t size = (size_t)stat.st_size;
  char *bytes = malloc(size);
  if (!bytes) return -1;
  for (size_t at = 0; at < size;) {
    const ssize_t got = pread(fd, bytes + at, size - at, (off_t)at);
    if (got <= 0) return got < 0 ? -1 : invalid();
    at += (size_t)got;
  }
  if (bytes[size - 1] != '\0') return invalid();
  int count = 0;
  for (size_t at = 0; at < size; at++) count += bytes[at] == '\0';
  char **list = calloc((size_t)count + 2, sizeof *list);
  if (!list) return -1;
  list[0] = "launcher";
  char *word = bytes;
  for (int i = 1; i <= count; i++, word += strlen(word) + 1) list[i] = word;
  *words = (struct words){count + 1, list};
  return 0;
}

static const char *value_of(const char *word, const char *option) {
  const size_t length = strlen(option);
  return strncmp(word, option, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

/* Nothing unknown is passed over: it might be a limit. */
static int parse_option(const char *word, struct launch *launch) {
  const char *value;
  if (strcmp(word, "--supervise") == 0) {
    launch->supervised = 1;
  } else if ((value = value_of(word, "--pass"))) {
    if (launch->passed_count == MAX_PASSED) return invalid();
    launch->passed[launch->passed_count++] = atoi(value);
  } else if ((value = value_of(word, "--umask"))) {
    launch->umask = (mode_t)strtoul(value, NULL, 8);
  } else if ((value = value_of(word, "--data"))) {
    launch->data = strtoull(value, NULL, 10);
  } else if ((value = value_of(word, "--file-size"))) {
    launch->file_size = strtoull(value, NULL, 10);
  } else if ((value = value_of(word, "--processes"))) {
    launch->processes = strtoull(value, NULL, 10);
  } else {
    return invalid();
  }
  return 0;
}

int parse_launch(struct words words, struct launch *launch) {
  *launch = (struct launch){
      .umask = USUAL_UMASK, .data = RLIM_INFINITY, .file_size = RLIM_INFINITY, .processes = RLIM_INFINITY};
  int at = 1;
  if (at < words.count && strncmp(words.list[at], "--", 2) == 0) {
    for (; at < words.count && strcmp(words.list[at], "--") != 0; at++)
      if (parse_option(words.list[at], launch) != 0) return -1;
    at++;
  }
  if (words.count - at <= FIXED_WORDS) return invalid();
  char **word = words.list + at;
  launch->uid = atol(word[0]);
  launch->gid = atol(word[1]);
  launch->user = word[2];
  launch->cwd = word[3];
  launch->files = (rlim_t)atol(word[4]);
  launch->envc = atoi(word[5]);
  if (launch->envc < 0 || launch->envc >= words.count - at - FIXED_WORDS) return invalid();
  launch->environment = word + FIXED_WORDS;
  launch->program = word + FIXED_WORDS + launch->envc;
  return 0;
}
