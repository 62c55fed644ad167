/* The whole key server but its sockets: several peers, with all kinds of rights, send requests over SKI and
 * LURK in any order, and time passes. Nothing is served without its right, no handshake twice, no secret is
 * shown, every answer is one of our own decoders, and after all of it a good request is served.
 * fuzz/keyserver/ has the parts. */
#include "fuzz/embedded.h"
#include "fuzz/keyserver/canary.h"
#include "fuzz/keyserver/good.h"
#include "fuzz/keyserver/judge.h"
#include "fuzz/keyserver/units.h"
#include "fuzz/target.h"
#ifdef MEMORY_FAILS
#include "fuzz/failing_memory.h"
#endif
#include <time.h>

enum { OVER_SKI, OVER_HTTP, OVER_LURK, OVER_COUNT };

static struct judge judge;
static lurk_connection connections[WHO_COUNT][OVER_COUNT];
static struct lurk_buffer asked[WHO_COUNT]; /* LURK messages without an answer */
static bool is_head_sent;
#ifdef MEMORY_FAILS
static size_t memory_fails;
#endif

/* What peers must never be shown; the first is the key of the channel. */
static void plant(void) {
  fuzz_canary_plant_key(fuzz_channel_key_pem);
  for (enum lab_key key = 0; key < KEY_COUNT; key++)
    fuzz_canary_plant_key(lab_keys[key].pem);
}

static void start(void) {
  static bool started;
  if (started)
    return;
  fuzz_lab_start();
  plant();
  started = true;
}

/* --- connections --- */

static void close_connection(enum who who, size_t over) {
  fuzz_connection_close(&connections[who][over]);
  if (over == OVER_LURK)
    lurk_buffer_clear(&asked[who]);
}

/* One that is open, a new one if need be; NULL when it is refused. */
static lurk_connection *connection_of(enum who who, size_t over) {
  lurk_connection *connection = &connections[who][over];
  if (connection->finished)
    close_connection(who, over);
  if (connection->session == NULL &&
      !fuzz_connection_open(connection, over == OVER_LURK ? LISTEN_LURK : LISTEN_SKI, fuzz_lab_peer(who),
                            fuzz_lab_address(who)))
    return NULL;
#ifdef MEMORY_FAILS
  connection->fails = memory_fails;
  connection->short_of_memory = false;
#endif
  return connection;
}

/* To be asked before an answer is judged. */
static void note_memory(const lurk_connection *connection) {
#ifdef MEMORY_FAILS
  judge.short_of_memory = connection->short_of_memory;
#else
  (void)connection;
#endif
}

static void judge_connection(enum who who, size_t over) {
  lurk_connection *connection = &connections[who][over];
  if (over == OVER_LURK)
    judge_lurk(&judge, who, &asked[who], connection);
  else
    judge_http(&judge, who, over == OVER_HTTP && is_head_sent, connection);
}

static void end_connections(enum who who, enum fuzz_end how) {
  for (size_t over = 0; over < OVER_COUNT; over++) {
    if (connections[who][over].session != NULL) {
      fuzz_connection_end(&connections[who][over], how);
      judge_connection(who, over);
    }
    close_connection(who, over);
  }
}

/* --- units --- */

static void send_ski(enum who who, enum lurk_ski_format format, const uint8_t *body, size_t len,
                     size_t step) {
  lurk_connection *connection = connection_of(who, OVER_SKI);
  char head[160];
  if (connection == NULL)
    return;
  int head_len = snprintf(head, sizeof head,
                          "POST /ski HTTP/1.1\r\nHost: keyserver.example\r\nContent-Type: %s\r\n"
                          "Content-Length: %zu\r\n\r\n",
                          lurk_ski_media_type(format), len);
  fuzz_connection_feed(connection, (const uint8_t *)head, (size_t)head_len, step);
  fuzz_connection_feed(connection, body, len, step);
  note_memory(connection);
  judge_ski(&judge, who, format, body, len, connection);
}

static void send_http(enum who who, const uint8_t *data, size_t len, size_t step) {
  lurk_connection *connection = connection_of(who, OVER_HTTP);
  if (connection == NULL)
    return;
  is_head_sent |= memmem(data, len, "HEAD", 4) != NULL || step != 0;
  fuzz_connection_feed(connection, data, len, step);
  note_memory(connection);
  judge_connection(who, OVER_HTTP);
}

static void send_lurk(enum who who, const uint8_t *data, size_t len, size_t step) {
  lurk_connection *connection = connection_of(who, OVER_LURK);
  if (connection == NULL)
    return;
  FUZZ_CHECK(lurk_buffer_append(&asked[who], data, len));
  fuzz_connection_feed(connection, data, len, step);
  note_memory(connection);
  judge_connection(who, OVER_LURK);
}

static void run(const struct unit *unit) {
  enum who who = (enum who)(unit->who % WHO_COUNT);
#ifdef MEMORY_FAILS
  memory_fails = (size_t)(unit->who / WHO_COUNT) - 1; /* FUZZ_NEVER for the first few */
#endif
  switch (unit->kind) {
  case UNIT_SKI_CBOR:
    send_ski(who, LURK_SKI_CBOR, unit->data, unit->len, unit->cut);
    break;
  case UNIT_SKI_JSON:
    send_ski(who, LURK_SKI_JSON, unit->data, unit->len, unit->cut);
    break;
  case UNIT_LURK:
    send_lurk(who, unit->data, unit->len, unit->cut);
    break;
  case UNIT_HTTP:
    send_http(who, unit->data, unit->len, unit->cut);
    break;
  case UNIT_TIME:
    fuzz_lab_wait(unit->len < 2 ? unit->cut : (unsigned)(unit->data[0] << 8 | unit->data[1]));
    break;
  default:
    end_connections(who, (enum fuzz_end)(unit->cut % FUZZ_ENDS));
  }
}

/* Whatever came before: A is served, over each protocol, on connections of its own. */
static void check_still_serves(void) {
  static uint64_t state = 1;
  uint8_t message[GOOD_ROOM];
  const unsigned before = judge.served;
#ifdef MEMORY_FAILS
  memory_fails = FUZZ_NEVER;
#endif
  end_connections(WHO_A, FUZZ_END_CLOSED);
  size_t len = good_ski(WHO_A, LURK_SKI_CBOR, false, &state, message);
  send_ski(WHO_A, LURK_SKI_CBOR, message, len, 0);
  FUZZ_CHECK(judge.served == before + 1);
  len = good_lurk(WHO_A, LURK_TLS12_ECDHE, time(NULL), &state, message);
  send_lurk(WHO_A, message, len, 0);
  FUZZ_CHECK(judge.served == before + 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct unit unit;
  start();
  fuzz_lab_begin();
  judge = (struct judge){0};
  is_head_sent = false;
  while (fuzz_unit_take(&data, &size, &unit))
    run(&unit);
  check_still_serves();
  for (enum who who = 0; who < WHO_COUNT; who++)
    end_connections(who, FUZZ_END_CLOSED);
  judge_log(&judge);
  fuzz_lab_end();
  return 0;
}
