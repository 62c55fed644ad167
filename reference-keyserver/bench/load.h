/* Closed loop load on a key server. */
#ifndef LURK_BENCH_LOAD_H
#define LURK_BENCH_LOAD_H

#include <jansson.h>
#include <stddef.h>

/* config: a subject (question.h) and {"host", "port", "name", "path" (SKI), "certificate", "key_file", "ca":
 * of the channel, "connections", "window": questions under way per connection, "questions": per round,
 * "rounds", "core": to run on, "awake": bool, never sleeps, for a core of its own, "endless": bool, the first
 * round goes round and round until the process is killed, and a line on stderr says when it begins, "pid": of
 * a server that nobody else asks, whose processor time and memory are measured}. Returns what was measured,
 * or NULL: why holds one line. "wrong" in the result counts answers that are not right.
 */
json_t *lurk_bench_load(json_t *config, char *why, size_t why_len);

#endif
