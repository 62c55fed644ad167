/* Built once for each protocol. The edge's client of key servers with two of them that say anything at any
 * time, or an answer that is right but for a few octets. An input is a sequence of steps: op(1) which(1)
 * cut(1) length(1) octets. However it goes: each operation ends once, a signature that counts verifies for
 * that very request, a secret that counts was given in an answer to it, no secret is in the log, and memory
 * stays within bounds. */
#include "fuzz/edge/honest.h"
#include "fuzz/edge/network.h"
#include "fuzz/keyserver/canary.h"
#include "fuzz/memory_file.h"
#include "fuzz/target.h"
#include "lurk/tls/freshness.h"
#include "lurk/wire/base64.h"
#include "lurk/wire/lurk_header.h"
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_OPERATIONS = 24, STEP_HEAD = 4, INPUT_LEN = 2 * LURK_RANDOM_LEN + 36, CIPHERTEXT_LEN = 256 };

enum op { SUBMIT, OPEN, FAIL, DELIVER, ANSWER, END, DEADLINE, RESIZED, OPS };
enum { BOTH_SERVERS, SECOND_SERVER }; /* groups */
enum kind { ECDSA, ED25519, RSA, CAPABILITIES, KINDS };

struct operation {
  enum kind kind;
  unsigned ended;
  struct lurk_key_request request;
  struct lurk_tls12_material material;
  uint8_t input[CIPHERTEXT_LEN];
  /* Where it was sent last: an answer comes from there, after that. */
  const struct link *link;
  size_t delivered_at;
  uint64_t id; /* LURK */
};

static struct operation operations[MOST_OPERATIONS];
static size_t operation_count;
static struct lurk_edge_config config;
static lurk_key_client *client;
static uv_loop_t loop;
static lurk_event_log *event_log;
static int log_file;

/* --- what the client asks for --- */

/* The number of the operation makes its input one that no other has. */
static void fill_input(struct operation *operation, size_t number) {
  static const uint8_t params[] = {3, 0, 0x1d, 32, 9};
  struct lurk_tls12_material *material = &operation->material;
  memset(operation->input, 0x11, sizeof operation->input);
  operation->input[0] = (uint8_t)number;
  memcpy(material->client_random, operation->input, LURK_RANDOM_LEN);
  memset(material->s, 0x22, LURK_RANDOM_LEN);
  material->s[0] = (uint8_t)number;
  material->type = LURK_TLS12_RSA_MASTER;
  if (operation->kind == RSA)
    return;
  FUZZ_CHECK(lurk_freshness(material->s, operation->input + LURK_RANDOM_LEN) == LURK_OK);
  memset(operation->input + 2 * LURK_RANDOM_LEN, 0, INPUT_LEN - 2 * LURK_RANDOM_LEN);
  memcpy(operation->input + 2 * LURK_RANDOM_LEN, params, sizeof params);
}

static void make_request(struct operation *operation, size_t number) {
  static const enum honest_key keys[] = {HONEST_P256, HONEST_ED25519, HONEST_RSA};
  fill_input(operation, number);
  const bool rsa = operation->kind == RSA;
  operation->request = (struct lurk_key_request){
      .certificate = &honest.certificates[keys[operation->kind]],
      .method = rsa ? LURK_SKI_RSA : LURK_SKI_ECDHE,
      .protocol = LURK_SKI_TLS_1_2,
      .scheme = rsa ? NULL : lurk_scheme_find(operation->kind == ECDSA ? 0x0403 : 0x0807),
      .input = {operation->input, rsa ? CIPHERTEXT_LEN : INPUT_LEN},
      .tls12 = PROTOCOL == LURK_EDGE_LURK ? &operation->material : NULL};
}

/* --- what comes of it --- */

static bool was_delivered(const struct operation *operation, const uint8_t *data, size_t len) {
  const struct lurk_buffer *delivered = &operation->link->delivered;
  return memmem(lurk_buffer_data(delivered) + operation->delivered_at,
                delivered->len - operation->delivered_at, data, len) != NULL;
}

/* In the answer to this operation: for LURK, behind a header with its id. */
static bool was_answered(const struct operation *operation, const uint8_t *secret) {
  uint8_t message[LURK_HEADER_LEN + LURK_MASTER_LEN];
  char text[65];
  if (operation->link == NULL)
    return false;
  if (PROTOCOL == LURK_EDGE_SKI) {
    lurk_base64_encode(secret, LURK_PREMASTER_LEN, text);
    return was_delivered(operation, secret, LURK_PREMASTER_LEN) ||
           was_delivered(operation, (uint8_t *)text, 64) || memchr(text, '/', 64) != NULL; /* "\/" in JSON */
  }
  const struct lurk_header header = {.designation = LURK_DESIGNATION_TLS12,
                                     .version = LURK_EXTENSION_VERSION,
                                     .type = LURK_TLS12_RSA_MASTER,
                                     .status = LURK_MESSAGE_SUCCESS,
                                     .id = operation->id,
                                     .payload_len = LURK_MASTER_LEN};
  FUZZ_CHECK(lurk_header_encode(&header, LURK_LENGTH_WHOLE_MESSAGE, message) == LURK_OK);
  memcpy(message + LURK_HEADER_LEN, secret, LURK_MASTER_LEN);
  return was_delivered(operation, message, sizeof message);
}

static void check_signature(const struct operation *operation, const struct lurk_key_answer *answer) {
  struct lurk_signature_algorithm algorithm;
  const struct lurk_public_key *key = operation->request.certificate->public_key;
  FUZZ_CHECK((answer->output_len > 0) == (answer->failure == NULL));
  if (answer->failure != NULL)
    return;
  FUZZ_CHECK(lurk_scheme_algorithm(operation->request.scheme, lurk_public_key_type(key), false, &algorithm) ==
             LURK_OK);
  FUZZ_CHECK(lurk_verify(key, algorithm, operation->request.input.data, operation->request.input.len,
                         answer->output, answer->output_len) == LURK_OK);
}

static void check_log(const uint8_t *secret) {
  static char text[1 << 16];
  ssize_t len = pread(log_file, text, sizeof text, 0);
  FUZZ_CHECK(len >= 0);
  FUZZ_CHECK(!fuzz_secret_is_shown(secret, LURK_PREMASTER_LEN, (uint8_t *)text, (size_t)len));
}

/* It never fails towards the handshake; what is not the key server's is random. */
static void check_secret(const struct operation *operation, const struct lurk_key_answer *answer) {
  FUZZ_CHECK(answer->output_len == LURK_PREMASTER_LEN);
  FUZZ_CHECK(PROTOCOL == LURK_EDGE_LURK || (answer->output[0] == 3 && answer->output[1] == 3));
  FUZZ_CHECK(answer->failure != NULL || was_answered(operation, answer->output));
  check_log(answer->output);
}

static void take_answer(void *arg, const struct lurk_key_answer *answer) {
  struct operation *operation = arg;
  FUZZ_CHECK(operation->ended++ == 0 && answer->key_server != NULL);
  if (operation->kind == RSA)
    check_secret(operation, answer);
  else
    check_signature(operation, answer);
}

static void take_capabilities(void *arg, enum lurk_capabilities_outcome outcome,
                              const struct lurk_capabilities *capabilities, const char *key_server) {
  struct operation *operation = arg;
  FUZZ_CHECK(operation->ended++ == 0 && key_server != NULL);
  FUZZ_CHECK(outcome == LURK_CAPABILITIES_KNOWN || capabilities->key_count == 0);
}

static void note_stale(void *arg, size_t key_server) {
  (void)arg;
  FUZZ_CHECK(key_server < config.key_server_count);
}

/* --- what it sends --- */

static void note_sent(struct link *link, uint8_t number, uint64_t id) {
  FUZZ_CHECK(number < operation_count);
  /* A request goes to nobody but those who have its key. */
  FUZZ_CHECK(operations[number].kind != ED25519 || strcmp(link->dial->target.name, "two.example") == 0);
  operations[number].link = link;
  operations[number].delivered_at = link->delivered.len;
  operations[number].id = id;
}

/* Finds out which operation it is: its number stands where its input begins. */
static void read_written(struct link *link, const uint8_t *data, size_t len) {
  struct lurk_header header;
  if (PROTOCOL == LURK_EDGE_LURK) {
    enum { RSA_RANDOM = LURK_KEY_ID_LEN + 2, ECDHE_RANDOM = LURK_KEY_ID_LEN + 1 };
    FUZZ_CHECK(lurk_header_decode(data, LURK_LENGTH_WHOLE_MESSAGE, 65536, &header) == LURK_OK);
    FUZZ_CHECK(header.payload_len == len - LURK_HEADER_LEN);
    if (header.payload_len > 0)
      note_sent(link, data[LURK_HEADER_LEN + (header.type == LURK_TLS12_ECDHE ? ECDHE_RANDOM : RSA_RANDOM)],
                header.id);
    return;
  }
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  if (len > 0 && lurk_ski_request_decode(config.format, data, len, false, &request, &error) == LURK_OK) {
    note_sent(link, request.input.data[0], 0);
    lurk_ski_request_clear(&request);
  }
}

/* --- steps --- */

static void submit(enum kind kind) {
  if (operation_count == MOST_OPERATIONS)
    return;
  struct operation *operation = &operations[operation_count];
  *operation = (struct operation){.kind = kind};
  if (kind == CAPABILITIES) {
    FUZZ_CHECK(lurk_key_client_capabilities(client, BOTH_SERVERS, take_capabilities, operation) == LURK_OK);
  } else {
    make_request(operation, operation_count);
    FUZZ_CHECK(lurk_key_client_submit(client, &operation->request, take_answer, operation) == LURK_OK);
  }
  operation_count++;
}

/* The right answer, its output longer or shorter by some octets, and octets changed: pairs of place and new
 * value. */
static void deliver_answer(struct link *link, int more, const uint8_t *changes, size_t len, size_t step) {
  struct lurk_buffer answer = {0};
  bool whole = PROTOCOL == LURK_EDGE_LURK ? honest_lurk(&link->sent, more, &answer)
                                          : honest_ski(&link->sent, more, &answer);
  for (size_t i = 0; whole && i + 1 < len; i += 2)
    lurk_buffer_data(&answer)[changes[i] * answer.len / 256] = changes[i + 1];
  if (whole)
    fuzz_link_deliver(link, lurk_buffer_data(&answer), answer.len, step);
  lurk_buffer_clear(&answer);
}

static void run_step(enum op op, uint8_t which, uint8_t cut, const uint8_t *data, size_t len) {
  struct link *link = fuzz_link(which);
  if (op == SUBMIT)
    submit((enum kind)(which % KINDS));
  else if (op == DEADLINE)
    config.limits.key_server_ms = which % 2 == 0 ? 0 : 3600000;
  else if (link == NULL)
    return;
  else if (op == OPEN)
    fuzz_link_open(link);
  else if (op == FAIL)
    fuzz_link_fail(link);
  else if (op == DELIVER)
    fuzz_link_deliver(link, data, len, cut);
  else if (op == ANSWER)
    deliver_answer(link, 0, data, len, cut);
  else if (op == RESIZED)
    deliver_answer(link, (int8_t)cut, data, len, 0);
  else
    fuzz_link_end(link, cut % 2 == 0 ? LURK_CHANNEL_CLOSED : LURK_CHANNEL_FAILED);
}

static void let_run(void) {
  for (int i = 0; i < 3; i++) {
    uv_run(&loop, UV_RUN_NOWAIT);
    fuzz_links_release();
  }
}

static void run_steps(const uint8_t *data, size_t size) {
  while (size >= STEP_HEAD) {
    size_t len = data[3] > size - STEP_HEAD ? size - STEP_HEAD : data[3];
    run_step((enum op)(data[0] % OPS), data[1], data[2], data + STEP_HEAD, len);
    let_run();
    data += STEP_HEAD + len;
    size -= STEP_HEAD + len;
  }
}

/* --- life --- */

static void start(void) {
  static struct lurk_edge_key_server servers[] = {
      {.url = "one", .name = "one.example", .host = "192.0.2.1", .path = "/ski", .port = 443},
      {.url = "two", .name = "two.example", .host = "192.0.2.2", .path = "/ski", .port = 8443}};
  static char path[FUZZ_FILE_PATH_LEN];
  if (client != NULL || event_log != NULL)
    return;
  honest_start();
  log_file = fuzz_file_new(path);
  event_log = lurk_event_log_open(path);
  FUZZ_CHECK(event_log != NULL && uv_loop_init(&loop) == 0);
  config = (struct lurk_edge_config){.protocol = PROTOCOL,
                                     .lurk = {.proof = LURK_POO_NULL, .length_counts_header = true},
                                     .key_servers = servers,
                                     .key_server_count = 2,
                                     .groups = {[BOTH_SERVERS] = 3, [SECOND_SERVER] = 2},
                                     .group_count = 2,
                                     .check_signatures = true};
  honest.certificates[HONEST_ED25519].group = SECOND_SERVER;
  fuzz_link_written = read_written;
}

static void note_closed(void *arg) {
  *(bool *)arg = true;
}

static void finish(void) {
  bool closed = false;
  lurk_key_client_close(client, note_closed, &closed);
  for (int i = 0; i < 100 && !closed; i++)
    let_run();
  FUZZ_CHECK(closed && fuzz_link(0) == NULL);
  for (size_t i = 0; i < operation_count; i++)
    FUZZ_CHECK(operations[i].ended == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static lurk_credentials *const credentials = (lurk_credentials *)&config; /* only handed on */
  start();
  operation_count = 0;
  config.limits.key_server_ms = 3600000;
  config.format = size > 0 && data[0] / OPS % 2 == 1 ? LURK_SKI_JSON : LURK_SKI_CBOR;
  FUZZ_CHECK(ftruncate(log_file, 0) == 0);
  FUZZ_CHECK(lurk_key_client_new(&loop, &config, credentials, event_log, &client) == LURK_OK);
  lurk_key_client_watch(client, note_stale, NULL);
  run_steps(data, size);
  finish();
  return 0;
}
