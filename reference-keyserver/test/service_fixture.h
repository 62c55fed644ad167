/* A key server without network: the good configuration with its keys, and requests that it serves. */
#ifndef KEYSERVER_TEST_SERVICE_FIXTURE_H
#define KEYSERVER_TEST_SERVICE_FIXTURE_H

#include "reference-keyserver/ski_service.h"

enum { KEY_P256, KEY_RSA, KEY_RSA_KX, KEY_ED25519, KEY_P384 };

struct service {
  struct lurk_config config;
  struct lurk_key_store keys;
  lurk_activity_table *activities;
  struct lurk_authorisation authorisation;
  lurk_watch *watch;
  const struct lurk_edge *a;      /* p256, rsa, rsa-kx, ed25519; everything allowed */
  const struct lurk_edge *b;      /* p384, TLS 1.2 only */
  const struct lurk_edge *pinned; /* p256 */
  struct lurk_ski_call call;      /* template: edge a, JSON, no replay window */
};

/* Setup and teardown for cmocka. */
int service_setup(void **state);
int service_teardown(void **state);

/* A good request for a key; its input is changed with service_set_input, and it is cleared by
 * lurk_ski_request_clear. */
struct lurk_ski_request service_ecdhe_request(const struct service *service, int key);
struct lurk_ski_request service_tls13_request(const struct service *service, int key, uint16_t scheme);
void service_set_input(struct lurk_ski_request *request, const uint8_t *data, size_t len);

/* Encodes the request, answers it, decodes the response. The response is to be cleared. */
struct lurk_ski_response service_answer(const struct lurk_ski_call *call,
                                        const struct lurk_ski_request *request,
                                        struct lurk_ski_record *record);
/* The same for a body as it stands; *octets, if not NULL, gets the response as it was sent. */
struct lurk_ski_response service_answer_body(const struct lurk_ski_call *call, const uint8_t *body,
                                             size_t len, struct lurk_ski_record *record,
                                             struct lurk_octets *octets);

#endif
