#include "measure.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_NS = 100000, MOST_LOOKS = 100000 };

static uint64_t clock_ns(clockid_t clock) {
  struct timespec now;
  if (clock_gettime(clock, &now) != 0)
    return 0;
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t lurk_bench_wall_ns(void) {
  return clock_ns(CLOCK_MONOTONIC);
}

uint64_t lurk_bench_own_cpu_ns(void) {
  return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static FILE *open_proc(pid_t pid, const char *name) {
  char path[80];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  return fopen(path, "re");
}

/* Whether a thread of the process runs, or could; also when that cannot be seen. */
static bool is_running(pid_t pid) {
  char path[40], state = 'R';
  snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
  DIR *threads = opendir(path);
  if (threads == NULL)
    return true;
  const struct dirent *thread;
  bool running = false;
  while (!running && (thread = readdir(threads)) != NULL) {
    if (thread->d_name[0] == '.')
      continue;
    snprintf(path, sizeof path, "task/%.20s/stat", thread->d_name);
    FILE *file = open_proc(pid, path);
    running = file == NULL || fscanf(file, "%*d (%*[^)]) %c", &state) != 1 || state == 'R';
    if (file != NULL)
      fclose(file);
  }
  closedir(threads);
  return running;
}

/* Asleep at two looks in a row: at the first one a thread may still be on its way to sleep. */
static bool await_rest(pid_t pid) {
  const struct timespec pause = {.tv_nsec = PAUSE_NS};
  int looks = 0, asleep = 0;
  for (; asleep < 2 && looks < MOST_LOOKS; looks++) {
    asleep = is_running(pid) ? 0 : asleep + 1;
    nanosleep(&pause, NULL);
  }
  return asleep == 2;
}

bool lurk_bench_cpu_ns(pid_t pid, uint64_t *out) {
  clockid_t clock;
  if (clock_getcpuclockid(pid, &clock) != 0 || !await_rest(pid))
    return false;
  *out = clock_ns(clock);
  return *out != 0;
}

bool lurk_bench_system_ns(pid_t pid, uint64_t *out) {
  FILE *file = open_proc(pid, "stat");
  if (file == NULL)
    return false;
  unsigned long long ticks;
  /* The name in parentheses may hold anything but is cut at 15 octets; stime is the 15th field. */
  bool found = fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %llu", &ticks) == 1;
  fclose(file);
  *out = found ? ticks * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK)) : 0;
  return found;
}

bool lurk_bench_resident(pid_t pid, uint64_t *out) {
  FILE *file = open_proc(pid, "statm");
  if (file == NULL)
    return false;
  unsigned long long pages;
  bool found = fscanf(file, "%*u %llu", &pages) == 1;
  fclose(file);
  *out = found ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
  return found;
}

bool lurk_bench_pin(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((size_t)core, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

static int compare_doubles(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

json_t *lurk_bench_spread(double *values, size_t count) {
  qsort(values, count, sizeof *values, compare_doubles);
  double median = (values[(count - 1) / 2] + values[count / 2]) / 2;
  return json_pack("{s:f, s:f, s:f}", "median", median, "min", values[0], "max", values[count - 1]);
}

static int compare_numbers(const void *a, const void *b) {
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

uint64_t lurk_bench_quantile(uint64_t *values, size_t count, double share) {
  if (count == 0)
    return 0;
  qsort(values, count, sizeof *values, compare_numbers);
  size_t place = (size_t)(share * (double)count);
  return values[place < count ? place : count - 1];
}
