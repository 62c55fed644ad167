#include "reference-edge/provider/content.h"

#include "lurk/wire/handshake.h"
#include "reference-edge/provider/freshness_table.h"
#include <string.h>

static const char *prepare_lurk(const struct lurk_ecdhe_input *input, struct lurk_key_request *request,
                                struct lurk_tls12_material *tls12) {
  memcpy(tls12->client_random, input->client_random, LURK_RANDOM_LEN);
  request->tls12 = tls12;
  return lurk_freshness_table_take(input->server_random, tls12->s)
             ? NULL
             : "ServerHello.random is not of LURK: openssl.cnf needs random = LURK-RAND, and the server no "
               "version but TLS 1.2";
}

const char *lurk_content_request(bool over_lurk, const struct lurk_certificate *certificate,
                                 uint16_t scheme_id, const uint8_t *content, size_t len,
                                 struct lurk_key_request *request, struct lurk_tls12_material *tls12) {
  struct lurk_decode_error error;
  struct lurk_ecdhe_input input;
  struct lurk_signature_algorithm algorithm;
  const uint8_t *hash = NULL;
  size_t hash_len = 0;
  bool tls13 = lurk_certificate_verify_decode(content, len, &hash, &hash_len, &error) == LURK_OK;
  if (!tls13 && lurk_ecdhe_input_decode(content, len, &input, &error) != LURK_OK)
    return "what is to be signed is neither ServerECDHParams of TLS 1.2 nor CertificateVerify of a TLS 1.3 "
           "server";
  if (certificate->rsa_exchange)
    return "a key of usage \"rsa\" does not sign";
  const struct lurk_scheme *scheme = lurk_scheme_find(scheme_id);
  if (scheme == NULL)
    return "the hash of the signature is none of SHA-256, SHA-384, SHA-512";
  if (!tls13 && scheme->kind == LURK_SIGN_RSA_PSS)
    return "RSA-PSS in TLS 1.2: the server has to prefer RSA+SHA256 (SignatureAlgorithms, ServerPreference)";
  if (lurk_scheme_algorithm(scheme, lurk_public_key_type(certificate->public_key), tls13, &algorithm) !=
      LURK_OK)
    return "the key does not sign with this scheme";
  if (tls13 && over_lurk)
    return "LURK tls12 has no TLS 1.3: the server must offer TLS 1.2 only";
  *request = (struct lurk_key_request){.method = LURK_SKI_ECDHE,
                                       .protocol = tls13 ? LURK_SKI_TLS_1_3 : LURK_SKI_TLS_1_2,
                                       .scheme = scheme,
                                       .input = {(uint8_t *)(uintptr_t)content, len}};
  return over_lurk ? prepare_lurk(&input, request, tls12) : NULL;
}
