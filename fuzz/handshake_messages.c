/* The first octet chooses the exchange, the rest is its handshake_messages. What is found lies in the list; a
 * copy with another ServerHello.random is taken alike; and the list is whole: no beginning of it is taken,
 * except up to ClientKeyExchange by the exchange that ends there. */
#include "lurk/wire/handshake_messages.h"
#include "fuzz/lurk_tls12.h"
#include "lurk/wire/lurk_rsa_suites.h"

static void check_inside(const struct lurk_handshake_messages *found, const uint8_t *part, size_t len) {
  FUZZ_CHECK(part >= found->list && len <= found->list_len);
  FUZZ_CHECK((size_t)(part - found->list) <= found->list_len - len);
}

static void check_found(const struct lurk_handshake_messages *found, enum lurk_tls12_type type) {
  enum lurk_tls12_prf_hash prf_hash;
  check_inside(found, found->client_random, LURK_RANDOM_LEN);
  check_inside(found, found->server_random, LURK_RANDOM_LEN);
  check_inside(found, found->session_id, found->session_id_len);
  check_inside(found, found->certificate, found->certificate_len);
  check_inside(found, found->encrypted_premaster, found->encrypted_premaster_len);
  FUZZ_CHECK(found->encrypted_premaster + found->encrypted_premaster_len == found->list + found->session_len);
  FUZZ_CHECK(found->client_version == LURK_TLS_1_2 || found->client_version == LURK_DTLS_1_2);
  FUZZ_CHECK(found->session_id_len <= 32 && found->certificate_len > 0);
  FUZZ_CHECK(lurk_rsa_suite_prf(found->cipher_suite, &prf_hash) && prf_hash == found->prf_hash);
  FUZZ_CHECK(found->client_offers_ems || !found->server_selects_ems);
  FUZZ_CHECK(found->server_selects_ems == (type != LURK_TLS12_RSA_MASTER_WITH_POH));
  FUZZ_CHECK(found->session_len == found->list_len || type != LURK_TLS12_RSA_EXTENDED_MASTER);
}

static void check_copy(const struct lurk_handshake_messages *found, enum lurk_tls12_type type) {
  uint8_t random[LURK_RANDOM_LEN];
  struct lurk_handshake_messages back;
  struct lurk_decode_error error;
  struct lurk_octets copy = {NULL, 0}, again = {NULL, 0};
  memset(random, 0x5a, sizeof random);
  FUZZ_CHECK(lurk_handshake_messages_with_random(found, random, &copy) == LURK_OK);
  FUZZ_CHECK(lurk_handshake_messages_decode(type, copy.data, copy.len, &back, &error) == LURK_TLS12_SUCCESS);
  FUZZ_CHECK(memcmp(back.server_random, random, sizeof random) == 0);
  FUZZ_CHECK(back.session_len == found->session_len);
  FUZZ_CHECK(lurk_handshake_messages_with_random(&back, found->server_random, &again) == LURK_OK);
  check_repeated(&again, found->list, found->list_len);
  lurk_octets_clear(&copy);
}

static void check_beginnings(const struct lurk_handshake_messages *found, enum lurk_tls12_type type) {
  struct lurk_handshake_messages part;
  struct lurk_decode_error error;
  const size_t cuts[] = {0, found->session_len / 2, found->session_len - 1, found->list_len - 1};
  for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
    FUZZ_CHECK(lurk_handshake_messages_decode(type, found->list, cuts[i], &part, &error) !=
               LURK_TLS12_SUCCESS);
  if (found->server_selects_ems)
    FUZZ_CHECK(lurk_handshake_messages_decode(LURK_TLS12_RSA_EXTENDED_MASTER, found->list, found->session_len,
                                              &part, &error) == LURK_TLS12_SUCCESS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  enum lurk_tls12_type type = chosen_type(data[0]);
  struct lurk_handshake_messages found;
  struct lurk_decode_error error = {NULL, 0};
  enum lurk_tls12_status status = lurk_handshake_messages_decode(type, data + 1, size - 1, &found, &error);
  if (status != LURK_TLS12_SUCCESS) {
    check_tls12_refusal(status, &error, size - 1);
    return 0;
  }
  check_found(&found, type);
  check_copy(&found, type);
  check_beginnings(&found, type);
  return 0;
}
