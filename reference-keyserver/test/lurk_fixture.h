/* A key server for LURK without network, and good requests to change in one place. */
#ifndef KEYSERVER_TEST_LURK_FIXTURE_H
#define KEYSERVER_TEST_LURK_FIXTURE_H

#include "lurk/wire/bytes.h"
#include "lurk/wire/handshake_messages.h"
#include "reference-keyserver/lurk_service.h"
#include <jansson.h>

enum { LAB_P256, LAB_RSA, LAB_RSA_KX, LAB_RSA_DTLS, LAB_ED25519, LAB_P384, LAB_SKI, LAB_P521 };

struct lab {
  struct lurk_config config;
  struct lurk_key_store keys;
  lurk_activity_table *activities;
  struct lurk_authorisation authorisation;
  lurk_watch *watch;
  const struct lurk_edge *a, *b, *ski_only;
  struct lurk_config_lurk policy; /* of calls; as configured */
  time_t now;
  uint64_t now_ns;
  json_t *vectors; /* of lurk/crypto/test */
};

/* Setup and teardown of a group for cmocka, since RSA keys take long to load, and setup of each test: policy,
 * clock, watch and certificates are as in the beginning. Edge a: all keys but p384 and p521; b: p384, p521,
 * and of rsa-kx rsa_master only; ski_only: a key for SKI, which is granted to a too. */
int lab_setup(void **state);
int lab_reset(void **state);
int lab_teardown(void **state);

/* A member of a vector in hexadecimal. The octets are to be cleared. */
struct lurk_octets lab_octets(const json_t *vector, const char *member);

/* gmt_unix_time offset seconds from now, then octets that no other call gets. */
void lab_s(const struct lab *lab, int64_t offset, uint8_t s[LURK_RANDOM_LEN]);

/* An answer with what the log is told of it; to be cleared. */
struct lab_answer {
  struct lurk_header header;
  struct lurk_octets payload;
  struct lurk_call_record record;
};
struct lab_answer lab_ask(struct lab *lab, const struct lurk_edge *edge, struct lurk_header header,
                          const uint8_t *payload, size_t len);
struct lab_answer lab_ask_tls12(struct lab *lab, const struct lurk_edge *edge, uint8_t type,
                                const struct lurk_octets *payload);
void lab_clear(struct lab_answer *answer);
/* Asks and clears: the answer must be this error, with the state of its designation. */
void lab_expect_base(struct lab *lab, const struct lurk_edge *edge, struct lurk_header header,
                     const struct lurk_octets *payload, enum lurk_base_status status);
void lab_expect(struct lab *lab, const struct lurk_edge *edge, uint8_t type,
                const struct lurk_octets *payload, enum lurk_tls12_status status);

/* --- rsa_master --- */

struct lab_rsa_master {
  uint8_t client_random[LURK_RANDOM_LEN], s[LURK_RANDOM_LEN];
  struct lurk_octets ciphertext, premaster;
  struct lurk_tls12_rsa_master request;
};
/* For the key rsa-kx (rsa4096.pem), or rsa-dtls (rsa2050.pem). */
void lab_rsa_master(struct lab *lab, const json_t *vector, int key, struct lab_rsa_master *out);
void lab_rsa_master_clear(struct lab_rsa_master *master);

/* --- handshakes --- */

struct lab_handshake {
  uint8_t client_random[LURK_RANDOM_LEN], s[LURK_RANDOM_LEN];
  uint16_t version, suite;
  bool client_ems, server_ems;
  int key;         /* whose ciphertext it is, and key_id */
  int certificate; /* whose certificate it carries */
  struct lurk_octets ciphertext, premaster;
};
void lab_handshake(struct lab *lab, const json_t *vector, int key, struct lab_handshake *out);
void lab_handshake_clear(struct lab_handshake *handshake);
/* The list with this ServerHello.random. */
struct lurk_octets lab_messages(const struct lab *lab, const struct lab_handshake *handshake,
                                const uint8_t random[LURK_RANDOM_LEN]);
/* The payload of a request with it; verify_data as in the wire struct. */
struct lurk_octets lab_handshake_request(const struct lab *lab, enum lurk_tls12_type type,
                                         const struct lab_handshake *handshake, const uint8_t *verify_data);
/* The master secret and the client's Finished that belong to it. */
void lab_handshake_secrets(const struct lab *lab, const struct lab_handshake *handshake,
                           uint8_t master[LURK_MASTER_LEN], uint8_t verify_data[LURK_VERIFY_DATA_LEN]);

/* --- ecdhe --- */

struct lab_ecdhe {
  uint8_t client_random[LURK_RANDOM_LEN], s[LURK_RANDOM_LEN];
  uint8_t b[LURK_MAX_SCALAR_LEN], params[4 + LURK_MAX_POINT_LEN];
  struct lurk_octets proof; /* a struct lurk_ownership_proof */
  struct lurk_tls12_ecdhe request;
};
void lab_ecdhe(struct lab *lab, int key, uint16_t scheme, uint16_t group, enum lurk_tls12_poo_prf poo_prf,
               struct lab_ecdhe *out);
/* Proves anew, after what the proof covers was changed. */
void lab_ecdhe_prove(struct lab_ecdhe *ecdhe);
struct lurk_octets lab_ecdhe_request(const struct lab_ecdhe *ecdhe);
void lab_ecdhe_clear(struct lab_ecdhe *ecdhe);

#endif
