/* Processor time of processes, and what is made of five rounds. */
#ifndef LURK_BENCH_MEASURE_H
#define LURK_BENCH_MEASURE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

uint64_t lurk_bench_wall_ns(void);
uint64_t lurk_bench_own_cpu_ns(void); /* of this process, all threads */
/* Of another process, all its threads, in nanoseconds. Waits until they all sleep: what a thread on another
 * core uses is counted when it is switched out, or else by the clock tick, every few milliseconds. False when
 * there is no such process, or it does not rest within some ten seconds. */
bool lurk_bench_cpu_ns(pid_t pid, uint64_t *out);
/* How much of it the kernel spent on its behalf, counted in clock ticks. */
bool lurk_bench_system_ns(pid_t pid, uint64_t *out);
/* Octets of memory that the process has in RAM. */
bool lurk_bench_resident(pid_t pid, uint64_t *out);
/* Binds this process to one core. */
bool lurk_bench_pin(int core);

/* {"median": , "min": , "max": }; sorts values. */
json_t *lurk_bench_spread(double *values, size_t count);
/* The value that this share of all (0..1) does not exceed; sorts values. 0 for none. */
uint64_t lurk_bench_quantile(uint64_t *values, size_t count, double share);

#endif
