#include "repeat.h"

#include "measure.h"
#include <stdio.h>

#define MOST_ROUNDS 25
/* Calls between two looks at the clock take about so long. */
#define LOOK_NS 1000000

bool lurk_bench_effort_load(json_t *config, struct lurk_bench_effort *out, char *why, size_t why_len) {
  json_error_t error;
  int core = -1;
  if (json_unpack_ex(config, &error, 0, "{s:i, s:i, s?i}", "milliseconds", &out->milliseconds, "rounds",
                     &out->rounds, "core", &core) != 0) {
    snprintf(why, why_len, "%s", error.text);
    return false;
  }
  if (out->milliseconds < 1 || out->rounds < 1 || out->rounds > MOST_ROUNDS) {
    snprintf(why, why_len, "milliseconds must be at least 1, rounds 1 to %d", MOST_ROUNDS);
    return false;
  }
  if (core >= 0 && !lurk_bench_pin(core)) {
    snprintf(why, why_len, "core: there is no core %d for this process", core);
    return false;
  }
  return true;
}

static bool run(uint64_t count, bool (*operation)(void *arg), void *arg) {
  for (uint64_t i = 0; i < count; i++)
    if (!operation(arg))
      return false;
  return true;
}

/* How many calls to make between two looks; also warms everything up. */
static uint64_t find_batch(bool (*operation)(void *arg), void *arg) {
  for (uint64_t batch = 1;; batch *= 2) {
    uint64_t begin = lurk_bench_own_cpu_ns();
    if (!run(batch, operation, arg))
      return 0;
    if (lurk_bench_own_cpu_ns() - begin >= LOOK_NS)
      return batch;
  }
}

json_t *lurk_bench_repeat(const struct lurk_bench_effort *effort, bool (*operation)(void *arg), void *arg) {
  double rounds[MOST_ROUNDS];
  uint64_t batch = find_batch(operation, arg);
  for (int i = 0; i < effort->rounds; i++) {
    uint64_t calls = 0, begin = lurk_bench_own_cpu_ns(), spent = 0;
    while (spent < (uint64_t)effort->milliseconds * 1000000) {
      if (batch == 0 || !run(batch, operation, arg))
        return NULL;
      calls += batch;
      spent = lurk_bench_own_cpu_ns() - begin;
    }
    rounds[i] = (double)spent / (double)calls;
  }
  return lurk_bench_spread(rounds, (size_t)effort->rounds);
}
