/*
 * The parent of a confined program. It adopts whatever the program leaves behind (subreaper), so that nothing escapes by forking
 * twice, by setsid(2), or by emptying its environment; when the program has ended, everything is ended at once, and it ends the same
 * way. As root it stays root, out of reach of the user the program runs as.
 *
 * SIGTERM, and SIGHUP when the terminal is gone with its host, end the program, too: after a grace in which it may do so by itself.
 * Other signals are for the program, which has a process group, and the foreground of the terminal, of its own.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Between the rungs of processes/kill-ladder.ts: what got TERM there is gone before it would get KILL. */
#define GRACE_MS 500
/* Each pass ends what forked during the one before; together about a second. */
#define MAX_PASSES 500
#define PASS_MS 2

static pid_t program;
/* Of the program, once it was reaped. */
static int program_status = -1;

static void pause_ms(long ms) {
  const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&pause, NULL);
}

/* Stopping is a shell's way to wait for the shell above it, and there is none above the program. */
static void reap(void) {
  pid_t pid;
  int status;
  while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
    if (pid != program) continue;
    if (WIFSTOPPED(status)) kill(-program, SIGCONT);
    else program_status = status;
  }
}

struct process {
  pid_t pid, parent;
  int ours;
};

struct processes {
  struct process *list;
  size_t count, room;
};

static void add_process(struct processes *all, const char *pid) {
  char path[64], stat[512];
  snprintf(path, sizeof path, "/proc/%.16s/stat", pid);
  FILE *file = fopen(path, "re");
  if (!file) return;
  const size_t length = fread(stat, 1, sizeof stat - 1, file);
  fclose(file);
  stat[length] = '\0';
  /* The name may hold spaces and parentheses; the fields begin behind its last one. */
  const char *fields = strrchr(stat, ')');
  char state;
  int parent;
  if (!fields || sscanf(fields + 1, " %c %d", &state, &parent) != 2 || state == 'Z' || state == 'X') return;
  if (all->count == all->room) {
    const size_t room = all->room ? 2 * all->room : 256;
    struct process *list = realloc(all->list, room * sizeof *list);
    if (!list) return;
    all->list = list;
    all->room = room;
  }
  all->list[all->count++] = (struct process){atoi(pid), parent, parent == getpid()};
}

/* Children, their children, and so on; how many. */
static size_t find_descendants(struct processes *all) {
  all->count = 0;
  DIR *proc = opendir("/proc");
  if (!proc) return 0;
  for (struct dirent *entry; (entry = readdir(proc));)
    if (isdigit((unsigned char)entry->d_name[0])) add_process(all, entry->d_name);
  closedir(proc);
  size_t found = 0;
  for (size_t i = 0; i < all->count; i++) found += all->list[i].ours != 0;
  for (size_t before = 0; before != found;) {
    before = found;
    for (size_t i = 0; i < all->count; i++)
      for (size_t j = 0; j < all->count && !all->list[i].ours; j++)
        if (all->list[j].ours && all->list[j].pid == all->list[i].parent) found += all->list[i].ours = 1;
  }
  return found;
}

static void send_to_descendants(const struct processes *all, int signal) {
  for (size_t i = 0; i < all->count; i++)
    if (all->list[i].ours) kill(all->list[i].pid, signal);
}

static void end_descendants(void) {
  struct processes all = {NULL, 0, 0};
  for (int pass = 0; pass < MAX_PASSES; pass++) {
    reap();
    if (find_descendants(&all) == 0) break;
    /* All of them stand still before the first one dies: nobody forks in between. */
    send_to_descendants(&all, SIGSTOP);
    send_to_descendants(&all, SIGKILL);
    pause_ms(PASS_MS);
  }
  free(all.list);
}

static int terminal_is_gone(void) {
  return tcgetpgrp(0) < 0 && errno == EIO;
}

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_for_program(const sigset_t *signals) {
  long deadline = 0;
  for (reap(); program_status < 0; reap()) {
    const long left = deadline ? deadline - now_ms() : 0;
    if (deadline && left <= 0) return;
    const struct timespec patience = {left / 1000, left % 1000 * 1000000};
    const int signal = sigtimedwait(signals, NULL, deadline ? &patience : NULL);
    if (!deadline && (signal == SIGTERM || (signal == SIGHUP && terminal_is_gone()))) deadline = now_ms() + GRACE_MS;
  }
}

static int end_like_the_program(void) {
  if (program_status < 0) return 128 + SIGKILL;
  if (WIFEXITED(program_status)) return WEXITSTATUS(program_status);
  const int number = WTERMSIG(program_status);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  signal(number, SIG_DFL);
  raise(number);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  return 128 + number;
}

int supervise(const struct launch *launch, int (*run)(const struct launch *)) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return fail("subreaper");
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  program = fork();
  if (program < 0) return fail("fork");
  if (program == 0) {
    setpgid(0, 0);
    tcsetpgrp(0, getpid()); /* SIGTTOU is blocked */
    sigprocmask(SIG_SETMASK, &before, NULL);
    _exit(run(launch));
  }
  /* Nobody of our own user looks into this process either; and what was passed is the program's. */
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  for (int i = 0; i < launch->passed_count; i++) close(FIRST_PASSED + i);
  wait_for_program(&all);
  end_descendants();
  return end_like_the_program();
}
