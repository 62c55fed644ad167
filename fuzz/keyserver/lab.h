/* The key server of the target: its configuration, its keys, who asks it, and who may do what: said here once
 * more, apart from the configuration, so that the two can be compared. */
#ifndef LURK_FUZZ_KEYSERVER_LAB_H
#define LURK_FUZZ_KEYSERVER_LAB_H

#include "fuzz/keyserver/network.h"
#include "lurk/crypto/crypto.h"
#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/ski.h"

enum { LISTEN_SKI, LISTEN_LURK };

/* A and B are edges; C is one by the pin of its key; AT_B is C, but from an address where it must not be;
 * BOTH has the names of A and B, so that it is neither; NOBODY has a certificate and no rights. */
enum who { WHO_A, WHO_B, WHO_C, WHO_C_ELSEWHERE, WHO_BOTH, WHO_NOBODY, WHO_COUNT };

enum lab_key { KEY_SIGN, KEY_OTHER, KEY_DECRYPT, KEY_LURK_SIGN, KEY_LURK_OTHER, KEY_LURK_DECRYPT, KEY_COUNT };

struct lab_key_facts {
  const char *name, *pem;
  lurk_private_key *key;
  uint8_t spki[LURK_SKI_FINGERPRINT_LEN];
  uint8_t key_id[LURK_KEY_ID_LEN], key_id_alias[LURK_KEY_ID_LEN];
};

#define LAB_REPLAY_SECONDS 60 /* of SKI and LURK */
#define LAB_WINDOW_SECONDS 30 /* of gmt_unix_time */
#define LAB_NOW 0x65a0b1c2    /* when an input begins, in seconds since 1970: gmt_unix_time of the seeds */

extern struct lab_key_facts lab_keys[KEY_COUNT];

/* Once: starts the key server. */
void fuzz_lab_start(void);
/* Before each input: the wall clock is LAB_NOW again, and a day has passed on the other, so that windows and
 * rates are as in the beginning. */
void fuzz_lab_begin(void);
/* The clocks are the real ones for all but the code under test. */
void fuzz_lab_end(void);
void fuzz_lab_wait(unsigned seconds);
uint64_t fuzz_lab_now_ns(void);

const struct lurk_peer *fuzz_lab_peer(enum who who);
const char *fuzz_lab_address(enum who who);
const char *fuzz_lab_identity(enum who who); /* NULL: no edge */

/* KEY_COUNT when there is none. */
enum lab_key fuzz_lab_find_spki(const uint8_t spki[LURK_SKI_FINGERPRINT_LEN]);
enum lab_key fuzz_lab_find_key_id(const uint8_t key_id[LURK_KEY_ID_LEN]);
bool fuzz_lab_may_ski(enum who who, enum lab_key key, enum lurk_ski_method method,
                      enum lurk_ski_protocol protocol);
bool fuzz_lab_may_lurk(enum who who, enum lab_key key, uint8_t type);

/* What was written to the audit log and to stderr since the last call; NUL-terminated, to be freed. */
char *fuzz_lab_log(size_t *len);

#endif
