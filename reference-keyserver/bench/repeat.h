/* One operation again and again on the clock. */
#ifndef LURK_BENCH_REPEAT_H
#define LURK_BENCH_REPEAT_H

#include <jansson.h>
#include <stdbool.h>

struct lurk_bench_effort {
  int milliseconds; /* of processor time, per round */
  int rounds;
};

/* Reads them and "core", which the process is bound to. */
bool lurk_bench_effort_load(json_t *config, struct lurk_bench_effort *out, char *why, size_t why_len);
/* Nanoseconds per call, as lurk_bench_spread. NULL: an operation returned false. */
json_t *lurk_bench_repeat(const struct lurk_bench_effort *effort, bool (*operation)(void *arg), void *arg);

#endif
