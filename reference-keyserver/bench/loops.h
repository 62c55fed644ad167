/* Operations without a server around them: what one core can do at most, and where time goes. */
#ifndef LURK_BENCH_LOOPS_H
#define LURK_BENCH_LOOPS_H

#include <jansson.h>
#include <stddef.h>

/* config: {"p256": key file, "rsa": key file, "milliseconds": of a round, "rounds", "core"}. The result has a
 * spread of nanoseconds of processor time for each operation, through crypto.h. NULL: why holds one line. */
json_t *lurk_bench_loops(json_t *config, char *why, size_t why_len);

/* The stages of a key server's work on one ecdhe request over LURK. config: {"keyserver": configuration of a
 * key server, "identity": of an edge in it, "certificate", "key_file", "ca": of that edge's channel, "name":
 * of the key server, "milliseconds", "rounds", "core"} and a subject (question.h). As above. */
json_t *lurk_bench_stages(json_t *config, char *why, size_t why_len);

#endif
