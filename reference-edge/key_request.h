/* One private-key operation, as a TLS stack asks for it. */
#ifndef LURK_EDGE_KEY_REQUEST_H
#define LURK_EDGE_KEY_REQUEST_H

#include "lurk/wire/lurk_tls12.h"
#include "reference-edge/certificate.h"
#include "reference-edge/scheme.h"

/* What LURK tls12 asks for beyond the rest. */
struct lurk_tls12_material {
  uint8_t client_random[LURK_RANDOM_LEN];
  uint8_t s[LURK_RANDOM_LEN];   /* ServerHello.random is lurk_freshness of it */
  struct lurk_octets ephemeral; /* ECDHE: their private key, as long as the group's order; empty: no proof */
  /* RSA */
  enum lurk_tls12_type type;
  enum lurk_tls12_prf_hash prf_hash;         /* rsa_master */
  struct lurk_octets messages;               /* the others: handshake_messages, with S */
  size_t until_key_exchange;                 /* of messages, ClientKeyExchange included: without proof */
  uint8_t verify_data[LURK_VERIFY_DATA_LEN]; /* with proof of handshake: of the client's Finished */
};

struct lurk_key_request {
  const struct lurk_certificate *certificate;
  enum lurk_ski_method method;
  enum lurk_ski_protocol protocol;         /* the negotiated version */
  const struct lurk_scheme *scheme;        /* ECDHE; NULL for RSA */
  struct lurk_octets input;                /* what is signed (SKI §5.1.2), or EncryptedPreMasterSecret */
  const struct lurk_tls12_material *tls12; /* NULL in SKI; else the answer to RSA is the master secret */
};

#endif
