/* Closed loop load on a key server. */
#ifndef LURK_BENCH_LOAD_H
#define LURK_BENCH_LOAD_H

#include <jansson.h>
#include <stddef.h>

/* config: a subject (question.h) and {"host", "port", "name", "path" (SKI), "certificate", "key_file", "ca":
 * of the channel, "connections", "window": questions under way per connection, "questions": per round,
 * "rounds", "pid": of the server, "core": to run on, "awake": bool, never sleeps, for a core of its own,
 * "endless": bool, the first round goes round and round until the process is killed, and a line on stderr
 * says when it begins}. Returns what was measured, or NULL:
 * why holds one line. "wrong" in the result counts answers that are not right; how many octets of memory the
 * server had before and with all connections stands beside it.
 */
json_t *lurk_bench_load(json_t *config, char *why, size_t why_len);

#endif
