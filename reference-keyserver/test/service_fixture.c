#include "service_fixture.h"

#include "config_file.h"
#include "lurk/wire/handshake.h"
#include "lurk/wire/test/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

int service_setup(void **state) {
  static const uint8_t no_channel[32];
  struct service *service = calloc(1, sizeof *service);
  char why[512];
  assert_non_null(service);
  assert_true(lurk_config_load(config_file_write(NULL, NULL), &service->config, why, sizeof why));
  assert_true(lurk_key_store_load(&service->config, "F", no_channel, NULL, &service->keys, why, sizeof why));
  service->activities = lurk_activity_table_new();
  assert_true(lurk_authorisation_build(&service->config, &service->keys, service->activities,
                                       &service->authorisation, why, sizeof why));
  for (size_t i = 0; i < service->authorisation.count; i++) {
    const struct lurk_edge *edge = &service->authorisation.edges[i];
    const struct lurk_edge **slots[] = {&service->a, &service->b, &service->pinned};
    *slots[edge->config - service->config.edges] = edge;
  }
  service->watch = lurk_watch_new();
  assert_non_null(service->watch);
  service->call = (struct lurk_ski_call){.edge = service->a,
                                         .format = LURK_SKI_JSON,
                                         .watch = service->watch,
                                         .now = 1000,
                                         .now_ns = UINT64_C(1000000000000)};
  *state = service;
  return 0;
}

int service_teardown(void **state) {
  struct service *service = *state;
  lurk_watch_free(service->watch);
  lurk_authorisation_clear(&service->authorisation);
  lurk_activity_table_free(service->activities);
  lurk_key_store_clear(&service->keys);
  lurk_config_clear(&service->config);
  free(service);
  return 0;
}

void service_set_input(struct lurk_ski_request *request, const uint8_t *data, size_t len) {
  lurk_octets_clear(&request->input);
  assert_true(lurk_octets_copy(&request->input, data, len));
}

/* Randoms of a counter, so that no two requests are of the same handshake; a fresh point. */
struct lurk_ski_request service_ecdhe_request(const struct service *service, int key) {
  static uint8_t counter;
  struct lurk_ski_request request = {.protocol = LURK_SKI_TLS_1_2, .hash = LURK_SKI_SHA256};
  memcpy(request.spki, service->keys.keys[key].spki, sizeof request.spki);
  uint8_t input[2 * LURK_RANDOM_LEN + 4 + 65] = {
      [0] = ++counter, [64] = 3, [66] = LURK_GROUP_SECP256R1, [67] = 65};
  lurk_ecdh_key *share;
  size_t point_len;
  uint8_t point[LURK_MAX_POINT_LEN];
  assert_int_equal(lurk_ecdh_generate(LURK_GROUP_SECP256R1, &share, point, &point_len), LURK_OK);
  assert_int_equal(point_len, 65);
  memcpy(input + 68, point, point_len);
  lurk_ecdh_free(share);
  service_set_input(&request, input, sizeof input);
  return request;
}

struct lurk_ski_request service_tls13_request(const struct service *service, int key, uint16_t scheme) {
  static const char context[] = "TLS 1.3, server CertificateVerify";
  struct lurk_ski_request request = {.protocol = LURK_SKI_TLS_1_3, .scheme_present = true, .scheme = scheme};
  memcpy(request.spki, service->keys.keys[key].spki, sizeof request.spki);
  uint8_t input[64 + sizeof context + 32];
  memset(input, ' ', 64);
  memcpy(input + 64, context, sizeof context);
  memset(input + 64 + sizeof context, 0x5a, 32);
  service_set_input(&request, input, sizeof input);
  return request;
}

struct lurk_ski_response service_answer_body(const struct lurk_ski_call *call, const uint8_t *body,
                                             size_t len, struct lurk_ski_record *record,
                                             struct lurk_octets *octets) {
  struct lurk_ski_call this_call = *call;
  struct lurk_octets encoded = {0};
  struct lurk_ski_response response;
  struct lurk_decode_error error;
  this_call.body = body;
  this_call.len = len;
  assert_int_equal(lurk_ski_answer(&this_call, record, &encoded), LURK_OK);
  assert_int_equal(lurk_ski_response_decode(call->format, encoded.data, encoded.len, &response, &error),
                   LURK_OK);
  assert_int_equal(response.is_error, !record->served);
  assert_true(!response.is_error || (response.error == record->error && record->cause != NULL));
  if (octets != NULL)
    *octets = encoded;
  else
    lurk_octets_clear(&encoded);
  return response;
}

struct lurk_ski_response service_answer(const struct lurk_ski_call *call,
                                        const struct lurk_ski_request *request,
                                        struct lurk_ski_record *record) {
  struct lurk_octets body = {0};
  assert_int_equal(lurk_ski_request_encode(call->format, request, &body), LURK_OK);
  struct lurk_ski_response response = service_answer_body(call, body.data, body.len, record, NULL);
  lurk_octets_clear(&body);
  return response;
}
