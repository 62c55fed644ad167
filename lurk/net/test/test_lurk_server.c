/* Framing of LURK messages, on a connection that only records: where messages begin and end, whatever pieces
 * they come in, what deadline is set when, and when the connection ends. */
#include "lurk/net/lurk_server.h"
#include "lurk/wire/test/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

enum { IDLE_MS = 1000, MESSAGE_MS = 100, LIMIT = 4096 };

struct lurk_connection {
  uint8_t sent[1 << 16];
  size_t sent_len;
  unsigned records;
  unsigned deadline_ms, deadlines; /* the last one, and how many were set */
  bool finished, again;
  bool turn_is_over; /* from the first operation on */
  const char *logged;
};

lurk_status lurk_connection_send(lurk_connection *connection, const uint8_t *data, size_t len) {
  assert_false(connection->finished);
  assert_true(len <= sizeof connection->sent - connection->sent_len);
  memcpy(connection->sent + connection->sent_len, data, len);
  connection->sent_len += len;
  connection->records++;
  return LURK_OK;
}

void lurk_connection_finish(lurk_connection *connection) {
  connection->finished = true;
}

void lurk_connection_deadline(lurk_connection *connection, unsigned ms) {
  assert_false(connection->finished);
  connection->deadline_ms = ms;
  connection->deadlines++;
}

void lurk_connection_again(lurk_connection *connection) {
  connection->again = true;
}

bool lurk_connection_turn_is_over(const lurk_connection *connection) {
  return connection->turn_is_over;
}

void lurk_connection_log(lurk_connection *connection, const char *kind, const char *detail) {
  assert_string_equal(kind, "lurk-fault");
  connection->logged = detail;
}

/* --- a handler that answers with the payload turned round, and says no to a payload of its choice --- */

static unsigned handled, refused, concluded, closed;
static bool answers_may_leave;

static void *open_session(void *arg, lurk_connection *connection) {
  return arg == NULL ? connection : NULL;
}

static void handle(void *session, const struct lurk_header *request, const uint8_t *payload,
                   struct lurk_reply *reply) {
  assert_non_null(session);
  handled++;
  reply->header = lurk_header_answer(request, LURK_MESSAGE_SUCCESS, 0);
  assert_true(lurk_octets_alloc(&reply->payload, request->payload_len));
  for (size_t i = 0; i < request->payload_len; i++)
    reply->payload.data[i] = payload[request->payload_len - 1 - i];
  reply->close = request->payload_len > 0 && payload[0] == 'X';
}

static void refuse(void *session, const struct lurk_header *request, struct lurk_reply *reply) {
  assert_non_null(session);
  assert_int_equal(request->payload_len, 0);
  refused++;
  reply->header = lurk_header_refusal(request, LURK_BASE_INVALID_FORMAT, 0);
}

static bool conclude(void *session) {
  assert_non_null(session);
  concluded++;
  return answers_may_leave;
}

static void withhold(void *session, const struct lurk_header *request, struct lurk_reply *reply) {
  assert_non_null(session);
  reply->header = lurk_header_refusal(request, LURK_BASE_TEMPORARY_FAILURE, 0);
}

static void close_session(void *session) {
  assert_non_null(session);
  closed++;
}

static const struct lurk_message_handler handler = {open_session, handle,   refuse,
                                                    conclude,     withhold, close_session};

struct framing {
  struct lurk_connection connection;
  lurk_message_server *server;
  void *session;
};

static void begin(struct framing *framing, enum lurk_length_convention convention) {
  const struct lurk_message_limits limits = {
      .message_octets = LIMIT, .convention = convention, .message_ms = MESSAGE_MS, .idle_ms = IDLE_MS};
  *framing = (struct framing){.server = lurk_message_server_new(&limits, &handler, NULL)};
  assert_non_null(framing->server);
  framing->session = lurk_message_service.open(framing->server, &framing->connection);
  assert_non_null(framing->session);
  handled = refused = concluded = closed = 0;
  answers_may_leave = true;
}

static void finish(struct framing *framing) {
  lurk_message_service.close(framing->session);
  assert_int_equal(closed, 1);
  lurk_message_server_free(framing->server);
}

/* Receives, and takes the turns that are asked for. */
static lurk_status receive(struct framing *framing, const uint8_t *data, size_t len) {
  uint8_t *exact = malloc(len); /* so that a sanitizer sees every octet too many */
  assert_non_null(exact);
  memcpy(exact, data, len);
  lurk_status status = lurk_message_service.receive(framing->session, exact, len);
  free(exact);
  while (status == LURK_OK && framing->connection.again && !framing->connection.finished) {
    framing->connection.again = false;
    status = lurk_message_service.resume(framing->session);
  }
  return status;
}

static size_t put(uint8_t *out, enum lurk_length_convention convention, uint8_t status, uint64_t id,
                  const char *payload) {
  const struct lurk_header header = {
      .version = 1, .type = 1, .status = status, .id = id, .payload_len = (uint32_t)strlen(payload)};
  assert_int_equal(lurk_header_encode(&header, convention, out), LURK_OK);
  memcpy(out + LURK_HEADER_LEN, payload, strlen(payload));
  return LURK_HEADER_LEN + strlen(payload);
}

static const enum lurk_length_convention conventions[] = {LURK_LENGTH_WHOLE_MESSAGE, LURK_LENGTH_PAYLOAD};

/* --- borders --- */

/* Three messages, cut in two at every octet, then octet by octet: the answers are always the same. */
static void pieces_make_no_difference(void **state) {
  (void)state;
  for (size_t c = 0; c < 2; c++) {
    uint8_t sent[256], expected[256];
    size_t len = put(sent, conventions[c], LURK_MESSAGE_REQUEST, 7, "");
    len += put(sent + len, conventions[c], LURK_MESSAGE_REQUEST, UINT64_MAX, "abc");
    len += put(sent + len, conventions[c], LURK_MESSAGE_REQUEST, 9, "a payload of more octets than a header");
    size_t expected_len = put(expected, conventions[c], LURK_MESSAGE_SUCCESS, 7, "");
    expected_len += put(expected + expected_len, conventions[c], LURK_MESSAGE_SUCCESS, UINT64_MAX, "cba");
    expected_len += put(expected + expected_len, conventions[c], LURK_MESSAGE_SUCCESS, 9,
                        "redaeh a naht stetco erom fo daolyap a");
    for (size_t cut = 0; cut <= len; cut++) {
      struct framing framing;
      begin(&framing, conventions[c]);
      if (cut == 0)
        for (size_t i = 0; i < len; i++)
          assert_int_equal(receive(&framing, sent + i, 1), LURK_OK);
      else
        assert_int_equal(receive(&framing, sent, cut), LURK_OK);
      if (cut > 0 && cut < len)
        assert_int_equal(receive(&framing, sent + cut, len - cut), LURK_OK);
      assert_int_equal(handled, 3);
      unsigned most = cut == 0 ? 3 : cut == len ? 1 : 2; /* one for each time that something came */
      assert_in_range(framing.connection.records, cut == 0 ? 3 : 1, most);
      assert_int_equal(framing.connection.sent_len, expected_len);
      assert_memory_equal(framing.connection.sent, expected, expected_len);
      assert_int_equal(framing.connection.deadline_ms, IDLE_MS);
      assert_false(framing.connection.finished);
      finish(&framing);
    }
  }
}

static void longest_message_is_the_limit(void **state) {
  (void)state;
  for (size_t c = 0; c < 2; c++) {
    char payload[LIMIT - LURK_HEADER_LEN + 2];
    uint8_t message[LIMIT + 1];
    memset(payload, 'p', sizeof payload);
    for (size_t extra = 0; extra <= 1; extra++) {
      struct framing framing;
      payload[LIMIT - LURK_HEADER_LEN + extra] = '\0';
      size_t len = put(message, conventions[c], LURK_MESSAGE_REQUEST, 1, payload);
      assert_int_equal(len, LIMIT + extra);
      begin(&framing, conventions[c]);
      /* What is too long is refused by its header, before a payload has come. */
      assert_int_equal(receive(&framing, message, extra == 0 ? len : LURK_HEADER_LEN), LURK_OK);
      assert_int_equal(handled, 1 - extra);
      assert_int_equal(refused, extra);
      assert_int_equal(framing.connection.finished, extra == 1);
      finish(&framing);
      payload[LIMIT - LURK_HEADER_LEN + extra] = 'p';
    }
  }
}

/* one answer, then the end; what came after it is not looked at. */
static void bad_length_ends_the_connection(void **state) {
  (void)state;
  static const uint32_t lengths[] = {0, 1, 15, LIMIT + 1, 0x80000000, UINT32_MAX};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    uint8_t message[4 * LURK_HEADER_LEN], expected[LURK_HEADER_LEN];
    size_t good_len = put(message, LURK_LENGTH_WHOLE_MESSAGE, LURK_MESSAGE_REQUEST, 3, "");
    size_t len = good_len + put(message + good_len, LURK_LENGTH_WHOLE_MESSAGE, LURK_MESSAGE_REQUEST, 4, "");
    for (int j = 0; j < 4; j++)
      message[good_len + 12 + (size_t)j] = (uint8_t)(lengths[i] >> (24 - 8 * j));
    len += put(message + len, LURK_LENGTH_WHOLE_MESSAGE, LURK_MESSAGE_REQUEST, 5, "");
    struct framing framing;
    begin(&framing, LURK_LENGTH_WHOLE_MESSAGE);
    assert_int_equal(receive(&framing, message, len), LURK_OK);
    assert_int_equal(handled, 1);
    assert_int_equal(refused, 1);
    assert_true(framing.connection.finished);
    assert_string_equal(framing.connection.logged, "length");
    put(expected, LURK_LENGTH_WHOLE_MESSAGE, LURK_BASE_INVALID_FORMAT, 4, "");
    assert_int_equal(framing.connection.sent_len, 2 * LURK_HEADER_LEN);
    assert_memory_equal(framing.connection.sent + LURK_HEADER_LEN, expected, sizeof expected);
    finish(&framing);
  }
}

/* --- what must be done before answers leave --- */

static size_t put_many(uint8_t *out, uint64_t first, uint64_t end, const char *payload) {
  size_t len = 0;
  for (uint64_t id = first; id < end; id++)
    len += put(out + len, LURK_LENGTH_WHOLE_MESSAGE, LURK_MESSAGE_REQUEST, id, payload);
  return len;
}

/* Concluded once for those that leave together, and for a bounded number of them. */
static void answers_are_concluded_together(void **state) {
  (void)state;
  enum { ALL = 2 * LURK_ANSWERS_TOGETHER + 1 };
  uint8_t messages[(ALL + 1) * LURK_HEADER_LEN];
  struct framing framing;
  begin(&framing, LURK_LENGTH_WHOLE_MESSAGE);
  assert_int_equal(receive(&framing, messages, put_many(messages, 0, LURK_ANSWERS_TOGETHER - 1, "")),
                   LURK_OK);
  assert_int_equal(concluded, 1);
  assert_int_equal(receive(&framing, messages, put_many(messages, 0, ALL, "")), LURK_OK);
  assert_int_equal(concluded, 4);
  assert_int_equal(framing.connection.sent_len, (ALL + LURK_ANSWERS_TOGETHER - 1) * LURK_HEADER_LEN);
  finish(&framing);
}

/* Each request has one answer, in its place, and nothing of what was made. */
static void withheld_answers_are_replaced(void **state) {
  (void)state;
  uint8_t messages[256], expected[256];
  size_t expected_len = 0, good_len;
  struct framing framing;
  begin(&framing, LURK_LENGTH_WHOLE_MESSAGE);
  answers_may_leave = false;
  size_t len = put_many(messages, 5, 8, "secret");
  assert_int_equal(receive(&framing, messages, len), LURK_OK);
  for (uint64_t id = 5; id < 8; id++)
    expected_len +=
        put(expected + expected_len, LURK_LENGTH_WHOLE_MESSAGE, LURK_BASE_TEMPORARY_FAILURE, id, "");
  assert_int_equal(framing.connection.sent_len, expected_len);
  assert_memory_equal(framing.connection.sent, expected, expected_len);
  answers_may_leave = true;
  assert_int_equal(receive(&framing, messages, put_many(messages, 8, 9, "abc")), LURK_OK);
  good_len = put(expected, LURK_LENGTH_WHOLE_MESSAGE, LURK_MESSAGE_SUCCESS, 8, "cba");
  assert_int_equal(framing.connection.sent_len, expected_len + good_len);
  assert_memory_equal(framing.connection.sent + expected_len, expected, good_len);
  assert_int_equal(handled, 4);
  finish(&framing);
}

/* The last one before the connection ends as well. */
static void withheld_at_the_end(void **state) {
  (void)state;
  uint8_t message[LURK_HEADER_LEN + 1], expected[LURK_HEADER_LEN];
  struct framing framing;
  begin(&framing, LURK_LENGTH_WHOLE_MESSAGE);
  answers_may_leave = false;
  assert_int_equal(receive(&framing, message, put_many(message, 3, 4, "X")), LURK_OK);
  assert_true(framing.connection.finished);
  put(expected, LURK_LENGTH_WHOLE_MESSAGE, LURK_BASE_TEMPORARY_FAILURE, 3, "");
  assert_int_equal(framing.connection.sent_len, sizeof expected);
  assert_memory_equal(framing.connection.sent, expected, sizeof expected);
  finish(&framing);
}

/* --- ends --- */

static void handler_closes(void **state) {
  (void)state;
  uint8_t messages[64];
  size_t len = put(messages, LURK_LENGTH_WHOLE_MESSAGE, LURK_MESSAGE_REQUEST, 1, "X");
  len += put(messages + len, LURK_LENGTH_WHOLE_MESSAGE, LURK_MESSAGE_REQUEST, 2, "");
  struct framing framing;
  begin(&framing, LURK_LENGTH_WHOLE_MESSAGE);
  assert_int_equal(receive(&framing, messages, len), LURK_OK);
  assert_int_equal(handled, 1);
  assert_int_equal(framing.connection.records, 1);
  assert_true(framing.connection.finished);
  assert_null(framing.connection.logged);
  finish(&framing);
}

/* A-81; a request in between begins the count anew. */
static void stray_answers_end_the_connection(void **state) {
  (void)state;
  uint8_t message[LURK_HEADER_LEN];
  struct framing framing;
  begin(&framing, LURK_LENGTH_WHOLE_MESSAGE);
  for (unsigned i = 0; i < 3 * LURK_STRAY_ANSWERS; i++) {
    bool request = i == LURK_STRAY_ANSWERS - 1;
    put(message, LURK_LENGTH_WHOLE_MESSAGE, request ? LURK_MESSAGE_REQUEST : (uint8_t)(1 + i), i, "");
    if (!framing.connection.finished)
      assert_int_equal(receive(&framing, message, sizeof message), LURK_OK);
    assert_int_equal(framing.connection.finished, i >= 2 * LURK_STRAY_ANSWERS - 1);
  }
  assert_int_equal(handled, 2 * LURK_STRAY_ANSWERS);
  assert_string_equal(framing.connection.logged, "answers instead of requests");
  finish(&framing);
}

static void no_session_no_connection(void **state) {
  (void)state;
  const struct lurk_message_limits limits = {.message_octets = LIMIT};
  lurk_message_server *server = lurk_message_server_new(&limits, &handler, (void *)state);
  struct lurk_connection connection = {0};
  assert_null(lurk_message_service.open(server, &connection));
  lurk_message_server_free(server);
}

/* --- deadlines and turns --- */

static void deadline_of_a_message_is_absolute(void **state) {
  (void)state;
  uint8_t messages[128];
  size_t one = put(messages, LURK_LENGTH_WHOLE_MESSAGE, LURK_MESSAGE_REQUEST, 1, "12345678");
  put(messages + one, LURK_LENGTH_WHOLE_MESSAGE, LURK_MESSAGE_REQUEST, 2, "12345678");
  struct framing framing;
  begin(&framing, LURK_LENGTH_WHOLE_MESSAGE);
  assert_int_equal(framing.connection.deadline_ms, IDLE_MS);
  assert_int_equal(framing.connection.deadlines, 1);
  for (size_t i = 0; i < one - 1; i++) {
    assert_int_equal(receive(&framing, messages + i, 1), LURK_OK);
    assert_int_equal(framing.connection.deadline_ms, MESSAGE_MS);
    assert_int_equal(framing.connection.deadlines, 2); /* set once, at the first octet */
  }
  assert_string_equal(lurk_message_service.expired(framing.session), "LURK message");
  /* The last octet and the begin of the next message: a deadline of its own. */
  assert_int_equal(receive(&framing, messages + one - 1, 2), LURK_OK);
  assert_int_equal(framing.connection.deadline_ms, MESSAGE_MS);
  assert_int_equal(framing.connection.deadlines, 3);
  assert_int_equal(receive(&framing, messages + one + 1, one - 1), LURK_OK);
  assert_int_equal(framing.connection.deadline_ms, IDLE_MS);
  assert_null(lurk_message_service.expired(framing.session));
  finish(&framing);
}

static void turns_are_short(void **state) {
  (void)state;
  uint8_t messages[20 * LURK_HEADER_LEN];
  size_t len = 0;
  for (uint64_t id = 0; id < 20; id++)
    len += put(messages + len, LURK_LENGTH_WHOLE_MESSAGE, LURK_MESSAGE_REQUEST, id, "");
  struct framing framing;
  begin(&framing, LURK_LENGTH_WHOLE_MESSAGE);
  framing.connection.turn_is_over = true; /* one message each */
  assert_int_equal(lurk_message_service.receive(framing.session, messages, len - 1), LURK_OK);
  assert_int_equal(handled, 1);
  for (unsigned i = 2; i < 20; i++) {
    assert_true(framing.connection.again);
    assert_int_equal(framing.connection.deadline_ms, 0); /* the peer has done its part */
    framing.connection.again = false;
    assert_int_equal(lurk_message_service.resume(framing.session), LURK_OK);
    assert_int_equal(handled, i);
  }
  assert_false(framing.connection.again);
  assert_int_equal(framing.connection.deadline_ms, MESSAGE_MS);
  assert_int_equal(receive(&framing, messages + len - 1, 1), LURK_OK);
  assert_int_equal(handled, 20);
  for (uint64_t id = 0; id < 20; id++)
    assert_int_equal(framing.connection.sent[id * LURK_HEADER_LEN + 11], id);
  finish(&framing);
}

static void drain_finishes_what_has_begun(void **state) {
  (void)state;
  uint8_t message[64];
  size_t len = put(message, LURK_LENGTH_WHOLE_MESSAGE, LURK_MESSAGE_REQUEST, 1, "abc");
  struct framing framing;
  begin(&framing, LURK_LENGTH_WHOLE_MESSAGE);
  assert_int_equal(receive(&framing, message, len), LURK_OK);
  lurk_message_service.drain(framing.session);
  assert_true(framing.connection.finished);
  finish(&framing);
  begin(&framing, LURK_LENGTH_WHOLE_MESSAGE);
  assert_int_equal(receive(&framing, message, 1), LURK_OK);
  lurk_message_service.drain(framing.session);
  assert_false(framing.connection.finished);
  assert_int_equal(receive(&framing, message + 1, len - 1), LURK_OK);
  assert_true(framing.connection.finished);
  assert_int_equal(handled, 1);
  assert_int_equal(framing.connection.records, 1);
  finish(&framing);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_make_no_difference),
      cmocka_unit_test(longest_message_is_the_limit),
      cmocka_unit_test(bad_length_ends_the_connection),
      cmocka_unit_test(answers_are_concluded_together),
      cmocka_unit_test(withheld_answers_are_replaced),
      cmocka_unit_test(withheld_at_the_end),
      cmocka_unit_test(handler_closes),
      cmocka_unit_test(stray_answers_end_the_connection),
      cmocka_unit_test(no_session_no_connection),
      cmocka_unit_test(deadline_of_a_message_is_absolute),
      cmocka_unit_test(turns_are_short),
      cmocka_unit_test(drain_finishes_what_has_begun),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
