/* One ecdhe request over LURK, stage by stage, with the key server's own functions. */
#include "loops.h"

#include "lurk/net/buffer.h"
#include "lurk/tls/ownership.h"
#include "lurk/wire/lurk_header.h"
#include "question.h"
#include "reference-keyserver/audit.h"
#include "reference-keyserver/lurk_service.h"
#include "reference-keyserver/request_log.h"
#include "reference-keyserver/snapshot.h"
#include "repeat.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* S stands behind key id, freshness function and client random; its time must stay. */
#define COUNTER_PLACE (LURK_KEY_ID_LEN + 1 + LURK_RANDOM_LEN + 4)
/* So long between two requests, that the replay window holds as many as that of a busy server. */
#define STEP_NS 10000000
#define RECORDS 32
/* Answers that leave together. */
#define FLIGHT 8

struct stages {
  struct lurk_snapshot *snapshot;
  lurk_activity_table *activities;
  lurk_watch *watch;
  lurk_audit *audit;
  struct lurk_peer peer;
  struct in6_addr address;
  const struct lurk_edge *edge;
  struct lurk_bench_subject subject;
  struct lurk_bench_question question;
  struct lurk_header header;
  struct lurk_call_record record;
  struct lurk_reply reply;
  uint64_t now_ns, number;
  time_t now;
  lurk_channel *server, *client;
};

/* --- stages --- */

/* The header and payload of a request are read, those of an answer are written. */
static bool code(void *arg) {
  const struct stages *stages = arg;
  uint8_t octets[LURK_HEADER_LEN];
  struct lurk_header header;
  struct lurk_tls12_ecdhe request;
  struct lurk_decode_error error;
  struct lurk_octets answer = {0};
  const struct lurk_tls12_signature signature = {
      .scheme = 0x0403, .octets = stages->question.input, .len = 71};
  const struct lurk_octets *payload = &stages->question.payload;
  bool ok = lurk_header_encode(&stages->header, LURK_LENGTH_WHOLE_MESSAGE, octets) == LURK_OK &&
            lurk_header_decode(octets, LURK_LENGTH_WHOLE_MESSAGE, 65536, &header) == LURK_OK &&
            lurk_tls12_ecdhe_decode(payload->data, payload->len, &request, &error) == LURK_TLS12_SUCCESS &&
            lurk_tls12_signature_encode(&signature, &answer) == LURK_OK;
  lurk_octets_clear(&answer);
  return ok;
}

/* Who asks, may it, is it fresh, sign: everything between header and answer. */
static bool answer(void *arg) {
  struct stages *stages = arg;
  stages->now_ns += STEP_NS;
  memcpy(stages->question.payload.data + COUNTER_PLACE, &stages->now_ns, sizeof stages->now_ns);
  lurk_octets_clear(&stages->reply.payload);
  stages->reply = (struct lurk_reply){0};
  if (lurk_authorisation_find(&stages->snapshot->authorisation, &stages->peer, &stages->address,
                              &stages->edge) != LURK_EDGE_FOUND)
    return false;
  const struct lurk_call call = {.edge = stages->edge,
                                 .view = &stages->edge->view,
                                 .config = &stages->snapshot->config.lurk,
                                 .request = &stages->header,
                                 .payload = stages->question.payload.data,
                                 .watch = stages->watch,
                                 .now = stages->now,
                                 .now_ns = stages->now_ns};
  lurk_call_answer(&call, &stages->record, &stages->reply);
  return stages->record.served;
}

static bool make_line(struct stages *stages, struct lurk_audit_line *line) {
  const struct lurk_request_event event = {.number = stages->number++,
                                           .edge = stages->edge->config->identity_text,
                                           .peer = &stages->peer,
                                           .address = "127.0.0.1",
                                           .operation = lurk_call_operation(&stages->header),
                                           .format = "lurk",
                                           .verdict = LURK_VERDICT_SERVED,
                                           .status = LURK_MESSAGE_SUCCESS,
                                           .began_ns = stages->now_ns,
                                           .ended_ns = stages->now_ns + 50000,
                                           .header = &stages->header,
                                           .lurk = &stages->record};
  return lurk_request_line(&event, line);
}

/* The lines of a flight, written as one. */
static bool tell(void *arg) {
  struct stages *stages = arg;
  struct lurk_audit_line line;
  struct lurk_buffer lines = {0};
  bool ok = true;
  for (int i = 0; ok && i < FLIGHT; i++)
    ok = make_line(stages, &line) && lurk_buffer_append(&lines, line.text, line.len);
  ok = ok && lurk_audit_write_lines(stages->audit, (const char *)lurk_buffer_data(&lines), lines.len);
  lurk_buffer_clear(&lines);
  return ok;
}

static bool move(lurk_channel *from, lurk_channel *to) {
  const uint8_t *data;
  size_t len;
  lurk_channel_output(from, &data, &len);
  bool ok = len == 0 || lurk_channel_feed(to, data, len) == LURK_OK;
  lurk_channel_output_taken(from, len);
  return ok;
}

static bool send_records(lurk_channel *from, lurk_channel *to) {
  uint8_t message[256] = {0};
  for (int i = 0; i < RECORDS; i++)
    if (lurk_channel_write(from, message, sizeof message) != LURK_OK)
      return false;
  if (!move(from, to))
    return false;
  size_t got = 1, all = 0;
  while (got > 0 && lurk_channel_read(to, message, sizeof message, &got) == LURK_OK)
    all += got;
  return all == RECORDS * sizeof message;
}

/* Requests one way, answers the other: each side opens and seals RECORDS records. */
static bool pass_records(void *arg) {
  struct stages *stages = arg;
  return send_records(stages->client, stages->server) && send_records(stages->server, stages->client);
}

/* --- set-up --- */

static bool open_channels(struct stages *stages, const struct lurk_credential_files *files, const char *name,
                          char *why, size_t why_len) {
  lurk_credentials *credentials;
  if (lurk_credentials_load(LURK_CHANNEL_CLIENT, files, &credentials, why, why_len) != LURK_OK)
    return false;
  bool ok = lurk_channel_connect(credentials, name, &stages->client) == LURK_OK &&
            lurk_channel_accept(stages->snapshot->credentials, &stages->server) == LURK_OK &&
            lurk_channel_feed(stages->client, NULL, 0) == LURK_OK;
  lurk_credentials_unref(credentials);
  for (int i = 0; ok && i < 4; i++)
    ok = move(stages->client, stages->server) && move(stages->server, stages->client);
  return ok && lurk_channel_state(stages->server) == LURK_CHANNEL_OPEN;
}

static bool prepare(struct stages *stages, json_t *config, char *why, size_t why_len) {
  const char *keyserver, *name;
  char *identity;
  struct lurk_credential_files files = {0};
  json_error_t error;
  if (json_unpack_ex(config, &error, 0, "{s:s, s:s, s:s, s:s, s:s, s:s}", "keyserver", &keyserver, "identity",
                     &identity, "name", &name, "certificate", &files.certificate, "key_file", &files.key,
                     "ca", &files.ca) != 0) {
    snprintf(why, why_len, "%s", error.text);
    return false;
  }
  if (!lurk_bench_subject_load(config, &stages->subject, why, why_len))
    return false;
  snprintf(why, why_len, "memory is short");
  stages->activities = lurk_activity_table_new();
  stages->watch = lurk_watch_new();
  if (stages->activities == NULL || stages->watch == NULL)
    return false;
  stages->snapshot = lurk_snapshot_load(keyserver, stages->activities, NULL, why, why_len);
  if (stages->snapshot == NULL)
    return false;
  stages->audit = lurk_audit_open(stages->snapshot->config.audit_log, why, why_len);
  static char *uris[1];
  uris[0] = identity;
  stages->peer = (struct lurk_peer){.uris = uris, .uri_count = 1, .authenticated = true};
  stages->address = in6addr_loopback;
  stages->now = time(NULL);
  stages->now_ns = STEP_NS;
  snprintf(why, why_len, "the edge, its question or its channel is not right");
  if (stages->audit == NULL || !lurk_bench_question_make(&stages->subject, 0, &stages->question) ||
      !open_channels(stages, &files, name, why, why_len))
    return false;
  stages->header = (struct lurk_header){.designation = LURK_DESIGNATION_TLS12,
                                        .version = LURK_EXTENSION_VERSION,
                                        .type = LURK_TLS12_ECDHE,
                                        .status = LURK_MESSAGE_REQUEST,
                                        .id = 0x0123456789abcdef,
                                        .payload_len = (uint32_t)stages->question.payload.len};
  return answer(stages);
}

static void clear(struct stages *stages) {
  lurk_octets_clear(&stages->reply.payload);
  lurk_bench_question_clear(&stages->question);
  lurk_bench_subject_clear(&stages->subject);
  lurk_channel_free(stages->server);
  lurk_channel_free(stages->client);
  lurk_audit_close(stages->audit);
  lurk_snapshot_unref(stages->snapshot);
  lurk_watch_free(stages->watch);
  if (stages->activities != NULL)
    lurk_activity_table_free(stages->activities);
}

json_t *lurk_bench_stages(json_t *config, char *why, size_t why_len) {
  struct lurk_bench_effort effort;
  struct stages stages = {0};
  json_t *result = NULL;
  if (lurk_bench_effort_load(config, &effort, why, why_len) && prepare(&stages, config, why, why_len)) {
    snprintf(why, why_len, "a stage fails");
    result = json_pack("{s:o, s:o, s:o, s:i, s:o, s:i}", "codec", lurk_bench_repeat(&effort, code, &stages),
                       "answer", lurk_bench_repeat(&effort, answer, &stages), "audit_of_flight",
                       lurk_bench_repeat(&effort, tell, &stages), "flight", FLIGHT, "records_both_sides",
                       lurk_bench_repeat(&effort, pass_records, &stages), "records", RECORDS);
  }
  clear(&stages);
  return result;
}
