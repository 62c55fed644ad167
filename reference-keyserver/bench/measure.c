#include "measure.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

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

bool lurk_bench_cpu_ns(pid_t pid, uint64_t *out) {
  clockid_t clock;
  if (clock_getcpuclockid(pid, &clock) != 0)
    return false;
  *out = clock_ns(clock);
  return *out != 0;
}

static FILE *open_proc(pid_t pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  return fopen(path, "re");
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
