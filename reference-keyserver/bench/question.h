/* Questions to a key server, made before the clock runs, and the judgement of the answers after it stopped.
 */
#ifndef LURK_BENCH_QUESTION_H
#define LURK_BENCH_QUESTION_H

#include "lurk/crypto/crypto.h"
#include "lurk/wire/handshake.h"
#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/ski.h"
#include <jansson.h>

enum lurk_bench_protocol { LURK_BENCH_LURK, LURK_BENCH_SKI };

/* What all questions of a run have in common. */
struct lurk_bench_subject {
  enum lurk_bench_protocol protocol;
  enum lurk_ski_format format; /* SKI */
  bool rsa;                    /* decryption of a premaster, else a signature of ECDHE parameters */
  bool proof;                  /* LURK: of ownership, sha256_256 */
  lurk_private_key *key;       /* of it the public half is asked about */
  struct lurk_octets secrets;  /* RSA: pairs of a premaster and its ciphertext */
};

/* From a configuration: {"protocol": "lurk" | "ski", "format": "cbor" | "json", "exchange": "ecdhe" | "rsa",
 * "proof": bool, "key": file, "secrets": file}. False: why holds one line. */
bool lurk_bench_subject_load(json_t *config, struct lurk_bench_subject *out, char *why, size_t why_len);
void lurk_bench_subject_clear(struct lurk_bench_subject *subject);

#define LURK_BENCH_MOST_ANSWER 1024

struct lurk_bench_question {
  struct lurk_octets payload;
  uint8_t input[2 * LURK_RANDOM_LEN + 4 + LURK_MAX_POINT_LEN]; /* what is to be signed */
  size_t input_len;
  uint8_t secret[LURK_MASTER_LEN]; /* RSA: what must come back */
  uint64_t asked_ns, answered_ns;
  bool success; /* the status says so */
  uint8_t answer[LURK_BENCH_MOST_ANSWER];
  size_t answer_len; /* beyond LURK_BENCH_MOST_ANSWER it was cut, and is wrong */
};

/* A question that was never asked before: fresh randoms, a fresh point. number chooses the premaster. */
bool lurk_bench_question_make(const struct lurk_bench_subject *subject, size_t number,
                              struct lurk_bench_question *out);
void lurk_bench_question_clear(struct lurk_bench_question *question);
/* Success, and the signature verifies, or the secret is the right one. */
bool lurk_bench_question_judge(const struct lurk_bench_subject *subject,
                               const struct lurk_bench_question *question);

#endif
