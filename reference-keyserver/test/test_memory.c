/* What the server remembers: rates, digests, the activity of edges, ciphertexts that wander. */
#include "lurk/wire/test/cmocka_all.h"
#include "reference-keyserver/activity.h"
#include "reference-keyserver/rate.h"
#include "reference-keyserver/recent.h"
#include "reference-keyserver/watch.h"
#include <string.h>

#define SECOND UINT64_C(1000000000)

/* --- rate --- */

static void burst_then_rate(void **state) {
  (void)state;
  const struct lurk_rate rate = {.per_second = 10, .burst = 5};
  struct lurk_rate_bucket bucket = {0};
  uint64_t now = 1000 * SECOND, wait_ms;
  for (int i = 0; i < 5; i++)
    assert_true(lurk_rate_take(&bucket, &rate, now, &wait_ms));
  assert_false(lurk_rate_take(&bucket, &rate, now, &wait_ms));
  assert_int_equal(wait_ms, 100);
  assert_false(lurk_rate_take(&bucket, &rate, now + SECOND / 10 - 1, &wait_ms));
  assert_int_equal(wait_ms, 1);
  assert_true(lurk_rate_take(&bucket, &rate, now + SECOND / 10, &wait_ms));
  assert_false(lurk_rate_take(&bucket, &rate, now + SECOND / 10, &wait_ms));
}

static void bucket_is_never_more_than_full(void **state) {
  (void)state;
  const struct lurk_rate rate = {.per_second = 1, .burst = 2};
  struct lurk_rate_bucket bucket = {0};
  uint64_t wait_ms, now = SECOND;
  assert_true(lurk_rate_take(&bucket, &rate, now, &wait_ms));
  now += 3600 * SECOND;
  assert_true(lurk_rate_take(&bucket, &rate, now, &wait_ms));
  assert_true(lurk_rate_take(&bucket, &rate, now, &wait_ms));
  assert_false(lurk_rate_take(&bucket, &rate, now, &wait_ms));
}

static void refused_requests_cost_nothing(void **state) {
  (void)state;
  const struct lurk_rate rate = {.per_second = 1, .burst = 1};
  struct lurk_rate_bucket bucket = {0};
  uint64_t wait_ms;
  assert_true(lurk_rate_take(&bucket, &rate, SECOND, &wait_ms));
  for (int i = 0; i < 1000; i++)
    assert_false(lurk_rate_take(&bucket, &rate, SECOND + (uint64_t)i, &wait_ms));
  assert_true(lurk_rate_take(&bucket, &rate, 2 * SECOND, &wait_ms));
}

static void no_rate_is_no_limit(void **state) {
  (void)state;
  const struct lurk_rate rate = {0};
  struct lurk_rate_bucket bucket = {0};
  uint64_t wait_ms;
  for (int i = 0; i < 1000; i++)
    assert_true(lurk_rate_take(&bucket, &rate, 0, &wait_ms));
}

/* --- recent --- */

static enum lurk_recent_result note(lurk_recent *recent, uint32_t number, uint64_t now_ns, uint64_t *tag) {
  uint8_t digest[LURK_RECENT_DIGEST_LEN] = {0};
  memcpy(digest + 4, &number, sizeof number); /* all in one bucket: the worst that digests can do */
  return lurk_recent_note(recent, digest, now_ns, 10 * SECOND, tag);
}

static enum lurk_recent_result spread(lurk_recent *recent, uint32_t number, uint64_t now_ns, uint64_t *tag) {
  uint8_t digest[LURK_RECENT_DIGEST_LEN] = {0};
  memcpy(digest, &number, sizeof number);
  return lurk_recent_note(recent, digest, now_ns, 10 * SECOND, tag);
}

static void digests_are_seen_until_their_time(void **state) {
  (void)state;
  lurk_recent *recent = lurk_recent_new(8, LURK_RECENT_REFUSE);
  uint64_t tag = 7;
  assert_int_equal(note(recent, 1, SECOND, &tag), LURK_RECENT_NEW);
  tag = 8;
  assert_int_equal(note(recent, 1, 11 * SECOND - 1, &tag), LURK_RECENT_SEEN);
  assert_int_equal(tag, 7);
  tag = 9;
  assert_int_equal(note(recent, 1, 11 * SECOND, &tag), LURK_RECENT_NEW);
  assert_int_equal(note(recent, 1, 12 * SECOND, &tag), LURK_RECENT_SEEN);
  assert_int_equal(tag, 9);
  lurk_recent_free(recent);
}

static void full_memory_refuses(void **state) {
  (void)state;
  lurk_recent *recent = lurk_recent_new(8, LURK_RECENT_REFUSE);
  uint64_t tag = 0;
  for (uint32_t i = 0; i < 8; i++)
    assert_int_equal(note(recent, i, SECOND + i, &tag), LURK_RECENT_NEW);
  assert_int_equal(note(recent, 8, 2 * SECOND, &tag), LURK_RECENT_NO_ROOM);
  for (uint32_t i = 0; i < 8; i++)
    assert_int_equal(note(recent, i, 2 * SECOND, &tag), LURK_RECENT_SEEN);
  assert_int_equal(note(recent, 8, 11 * SECOND, &tag), LURK_RECENT_NEW); /* the oldest has gone */
  assert_int_equal(note(recent, 9, 11 * SECOND, &tag), LURK_RECENT_NO_ROOM);
  lurk_recent_free(recent);
}

static void full_memory_forgets_the_oldest(void **state) {
  (void)state;
  lurk_recent *recent = lurk_recent_new(8, LURK_RECENT_FORGET);
  uint64_t tag = 0;
  for (uint32_t i = 0; i < 1000; i++)
    assert_int_equal(note(recent, i, SECOND, &tag), LURK_RECENT_NEW);
  for (uint32_t i = 992; i < 1000; i++)
    assert_int_equal(note(recent, i, SECOND, &tag), LURK_RECENT_SEEN);
  assert_int_equal(note(recent, 991, SECOND, &tag), LURK_RECENT_NEW);
  assert_int_equal(note(recent, 992, SECOND, &tag), LURK_RECENT_NEW);
  lurk_recent_free(recent);
}

/* Beyond the memory that it begins with, in any place of the ring. */
static void memory_grows(void **state) {
  (void)state;
  for (uint32_t before = 0; before <= 3000; before += 1500) {
    lurk_recent *recent = lurk_recent_new(5000, LURK_RECENT_REFUSE);
    uint64_t tag = 0;
    for (uint32_t i = 0; i < before; i++)
      assert_int_equal(spread(recent, 100000 + i, SECOND + i * SECOND, &tag), LURK_RECENT_NEW);
    uint64_t now = SECOND + (before + 11) * SECOND;
    for (uint32_t i = 0; i < 5000; i++) {
      tag = i;
      assert_int_equal(spread(recent, i, now + i, &tag), LURK_RECENT_NEW);
    }
    assert_int_equal(spread(recent, 5000, now + 5000, &tag), LURK_RECENT_NO_ROOM);
    for (uint32_t i = 0; i < 5000; i++) {
      assert_int_equal(spread(recent, i, now + 5000, &tag), LURK_RECENT_SEEN);
      assert_int_equal(tag, i);
    }
    assert_int_equal(spread(recent, 5000, now + 10 * SECOND, &tag),
                     LURK_RECENT_NEW); /* the oldest has gone */
    lurk_recent_free(recent);
  }
}

/* Threads take the time before they take the lock. */
static void time_may_come_out_of_order(void **state) {
  (void)state;
  lurk_recent *recent = lurk_recent_new(8, LURK_RECENT_REFUSE);
  uint64_t tag = 0;
  assert_int_equal(note(recent, 1, 20 * SECOND + 1, &tag), LURK_RECENT_NEW);
  assert_int_equal(note(recent, 2, 20 * SECOND, &tag), LURK_RECENT_NEW);
  assert_int_equal(note(recent, 1, 20 * SECOND, &tag), LURK_RECENT_SEEN);
  lurk_recent_free(recent);
}

static void recent_needs_a_capacity(void **state) {
  (void)state;
  assert_null(lurk_recent_new(0, LURK_RECENT_REFUSE));
}

/* --- activity --- */

static const struct in6_addr here = {.s6_addr[15] = 1}, there = {.s6_addr[15] = 2};

static void activities_live_as_long_as_references(void **state) {
  (void)state;
  lurk_activity_table *table = lurk_activity_table_new();
  lurk_activity *first = lurk_activity_get(table, "uri:a");
  lurk_activity *other = lurk_activity_get(table, "uri:b");
  assert_ptr_equal(lurk_activity_get(table, "uri:a"), first);
  assert_string_equal(lurk_activity_identity(first), "uri:a");
  assert_int_not_equal(lurk_activity_number(first), lurk_activity_number(other));
  uint64_t number = lurk_activity_number(first);
  lurk_activity_unref(first);
  lurk_activity_unref(first);
  first = lurk_activity_get(table, "uri:a");
  assert_int_not_equal(lurk_activity_number(first), number);
  assert_int_not_equal(lurk_activity_number(first), lurk_activity_number(other));
  lurk_activity_unref(first);
  lurk_activity_unref(other);
  lurk_activity_table_free(table);
}

static void connections_are_counted(void **state) {
  (void)state;
  lurk_activity_table *table = lurk_activity_table_new();
  lurk_activity *edge = lurk_activity_get(table, "uri:a");
  bool elsewhere;
  assert_true(lurk_activity_connect(edge, &here, 2, &elsewhere));
  assert_false(elsewhere);
  assert_true(lurk_activity_connect(edge, &there, 2, &elsewhere));
  assert_true(elsewhere);
  assert_false(lurk_activity_connect(edge, &here, 2, &elsewhere));
  lurk_activity_disconnect(edge);
  assert_true(lurk_activity_connect(edge, &here, 2, &elsewhere));
  lurk_activity_disconnect(edge);
  lurk_activity_disconnect(edge);
  assert_true(lurk_activity_connect(edge, &there, 2, &elsewhere)); /* none open: it has moved */
  assert_false(elsewhere);
  lurk_activity_disconnect(edge);
  lurk_activity_unref(edge);
  lurk_activity_table_free(table);
}

static void refusals_are_counted_by_the_minute(void **state) {
  (void)state;
  lurk_activity_table *table = lurk_activity_table_new();
  lurk_activity *edge = lurk_activity_get(table, "uri:a");
  uint64_t now = 1000 * SECOND;
  assert_false(lurk_activity_refused(edge, 3, now));
  assert_false(lurk_activity_refused(edge, 3, now + 1));
  assert_true(lurk_activity_refused(edge, 3, now + 2));
  assert_false(lurk_activity_refused(edge, 3, now + 3));
  now += 60 * SECOND;
  assert_false(lurk_activity_refused(edge, 3, now));
  assert_false(lurk_activity_refused(edge, 3, now));
  assert_true(lurk_activity_refused(edge, 3, now));
  lurk_activity_unref(edge);
  lurk_activity_table_free(table);
}

static void alarms_come_once_a_minute_and_kind(void **state) {
  (void)state;
  lurk_activity_table *table = lurk_activity_table_new();
  lurk_activity *edge = lurk_activity_get(table, "uri:a");
  assert_true(lurk_activity_alarm(edge, LURK_ALARM_REPLAY, SECOND));
  assert_true(lurk_activity_alarm(edge, LURK_ALARM_TWO_ADDRESSES, SECOND));
  assert_false(lurk_activity_alarm(edge, LURK_ALARM_REPLAY, 61 * SECOND - 1));
  assert_true(lurk_activity_alarm(edge, LURK_ALARM_REPLAY, 61 * SECOND));
  lurk_activity_unref(edge);
  lurk_activity_table_free(table);
}

/* --- watch --- */

static void wandering_ciphertexts_are_noticed(void **state) {
  (void)state;
  lurk_activity_table *table = lurk_activity_table_new();
  lurk_activity *a = lurk_activity_get(table, "uri:a"), *b = lurk_activity_get(table, "uri:b");
  lurk_watch *watch = lurk_watch_new();
  uint8_t ciphertext[256] = {1}, another[256] = {2};
  uint64_t other = 99;
  assert_int_equal(lurk_watch_ciphertext(watch, a, ciphertext, sizeof ciphertext, SECOND, &other), LURK_OK);
  assert_int_equal(other, 0);
  assert_int_equal(lurk_watch_ciphertext(watch, a, ciphertext, sizeof ciphertext, SECOND, &other), LURK_OK);
  assert_int_equal(other, 0); /* its own repetition */
  assert_int_equal(lurk_watch_ciphertext(watch, b, another, sizeof another, SECOND, &other), LURK_OK);
  assert_int_equal(other, 0);
  assert_int_equal(lurk_watch_ciphertext(watch, b, ciphertext, sizeof ciphertext, SECOND, &other), LURK_OK);
  assert_int_equal(other, lurk_activity_number(a));
  uint64_t late = (1 + LURK_WATCH_SECONDS) * SECOND;
  assert_int_equal(lurk_watch_ciphertext(watch, b, ciphertext, sizeof ciphertext, late, &other), LURK_OK);
  assert_int_equal(other, 0);
  lurk_watch_free(watch);
  lurk_activity_unref(a);
  lurk_activity_unref(b);
  lurk_activity_table_free(table);
}

static void digests_depend_on_process_and_label(void **state) {
  (void)state;
  lurk_watch *one = lurk_watch_new(), *two = lurk_watch_new();
  uint8_t first[LURK_RECENT_DIGEST_LEN], second[LURK_RECENT_DIGEST_LEN];
  assert_int_equal(lurk_watch_digest(one, '2', (const uint8_t *)"data", 4, first), LURK_OK);
  assert_int_equal(lurk_watch_digest(one, '2', (const uint8_t *)"data", 4, second), LURK_OK);
  assert_memory_equal(first, second, sizeof first);
  assert_int_equal(lurk_watch_digest(one, '3', (const uint8_t *)"data", 4, second), LURK_OK);
  assert_memory_not_equal(first, second, sizeof first);
  assert_int_equal(lurk_watch_digest(two, '2', (const uint8_t *)"data", 4, second), LURK_OK);
  assert_memory_not_equal(first, second, sizeof first);
  static const uint8_t longest[LURK_WATCH_DATA_LEN + 1];
  assert_int_equal(lurk_watch_digest(one, '2', longest, sizeof longest - 1, first), LURK_OK);
  assert_int_equal(lurk_watch_digest(one, '2', longest, sizeof longest, first), LURK_ERR_LIMIT);
  lurk_watch_free(one);
  lurk_watch_free(two);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(burst_then_rate),
      cmocka_unit_test(bucket_is_never_more_than_full),
      cmocka_unit_test(refused_requests_cost_nothing),
      cmocka_unit_test(no_rate_is_no_limit),
      cmocka_unit_test(digests_are_seen_until_their_time),
      cmocka_unit_test(full_memory_refuses),
      cmocka_unit_test(full_memory_forgets_the_oldest),
      cmocka_unit_test(memory_grows),
      cmocka_unit_test(time_may_come_out_of_order),
      cmocka_unit_test(recent_needs_a_capacity),
      cmocka_unit_test(activities_live_as_long_as_references),
      cmocka_unit_test(connections_are_counted),
      cmocka_unit_test(refusals_are_counted_by_the_minute),
      cmocka_unit_test(alarms_come_once_a_minute_and_kind),
      cmocka_unit_test(wandering_ciphertexts_are_noticed),
      cmocka_unit_test(digests_depend_on_process_and_label),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
