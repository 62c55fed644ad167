/* Who has the next turn: connections that only count how often they were served. */
#include "lurk/net/turns.h"

#include "lurk/net/connection_internal.h"
#include "lurk/wire/test/cmocka_all.h"
#include <string.h>

enum { MOST = 8 };

static struct server_thread thread;
static lurk_connection connections[MOST];
static char order[256]; /* a letter for each time that a connection was served, with a capital: settled */
static unsigned busy;   /* which want another turn afterwards, by bit */
static unsigned slow;   /* which use their turn up, by bit */
static unsigned held;   /* which were told that they wait longer */

static void begin(void) {
  memset(&thread, 0, sizeof thread);
  memset(connections, 0, sizeof connections);
  memset(order, 0, sizeof order);
  lurk_turns_init(&thread.turns);
  busy = slow = held = 0;
}

static lurk_connection *join(unsigned number, const char *owner) {
  connections[number].thread = &thread;
  assert_true(lurk_turns_join(&connections[number], owner));
  return &connections[number];
}

static void add_letter(char letter) {
  size_t len = strlen(order);
  assert_true(len + 1 < sizeof order);
  order[len] = letter;
}

static void serve(lurk_connection *connection) {
  unsigned number = (unsigned)(connection - connections);
  assert_false(connection->waiting);
  add_letter((char)('a' + number));
  if (slow & 1u << number)
    thread.turns.over_ns = 0;
  if (busy & 1u << number)
    lurk_turns_wait(connection);
}

static void settle(lurk_connection *connection) {
  add_letter((char)('A' + (connection - connections)));
}

static void hold(lurk_connection *connection) {
  assert_true(connection->waiting);
  held |= 1u << (connection - connections);
}

static void take(unsigned rounds) {
  for (; rounds > 0; rounds--)
    lurk_turns_take(&thread.turns, &(const struct lurk_turn_handler){serve, settle, hold});
}

static void end(void) {
  for (unsigned i = 0; i < MOST; i++)
    lurk_turns_leave(&connections[i]);
  assert_null(thread.turns.shares);
  assert_null(thread.turns.first);
}

static void a_flood_over_many_connections_is_one(void **state) {
  (void)state;
  static const char flooder, quiet;
  begin();
  for (unsigned i = 0; i < 4; i++)
    lurk_turns_wait(join(i, &flooder));
  lurk_turns_wait(join(4, &quiet));
  busy = slow = 0x1f;
  take(4);
  assert_string_equal(order, "aAeEbBeEcCeEdDeE");
  assert_int_equal(held, 0x1f);
  end();
}

static void who_asks_now_and_then_comes_first(void **state) {
  (void)state;
  static const char flooder, quiet;
  begin();
  for (unsigned i = 0; i < 3; i++)
    lurk_turns_wait(join(i, &flooder));
  join(3, &quiet);
  busy = slow = 0x7;
  take(2);
  lurk_turns_wait(&connections[3]); /* the flooder waits already */
  take(1);
  lurk_turns_wait(&connections[3]);
  take(1); /* it was served before the flooder, and is so again */
  assert_string_equal(order, "aAbBdDcCdDaA");
  end();
}

static void cheap_connections_share_a_turn(void **state) {
  (void)state;
  static const char owner, other;
  begin();
  for (unsigned i = 0; i < 3; i++)
    lurk_turns_wait(join(i, &owner));
  lurk_turns_wait(join(3, &other));
  take(1);
  assert_string_equal(order, "abcABCdD");
  assert_false(lurk_turns_waiting(&thread.turns));
  assert_int_equal(held, 0);
  end();
}

static void serve_three_times(lurk_connection *connection) {
  serve(connection);
  if (strlen(order) < 3)
    lurk_turns_wait(connection);
}

/* What settling it finds out may end it. */
static void settle_and_leave(lurk_connection *connection) {
  settle(connection);
  lurk_turns_leave(connection);
}

static void served_often_is_settled_once(void **state) {
  (void)state;
  begin();
  lurk_turns_wait(join(0, "a"));
  lurk_turns_take(&thread.turns,
                  &(const struct lurk_turn_handler){serve_three_times, settle_and_leave, hold});
  assert_string_equal(order, "aaaA");
  assert_null(thread.turns.shares);
  end();
}

static void waiting_twice_is_waiting_once(void **state) {
  (void)state;
  begin();
  lurk_connection *connection = join(0, "a");
  lurk_turns_wait(connection);
  lurk_turns_wait(connection);
  take(2);
  assert_string_equal(order, "aA");
  end();
}

static void who_leaves_is_not_served(void **state) {
  (void)state;
  static const char owner, other;
  for (unsigned leaver = 0; leaver < 4; leaver++) {
    begin();
    for (unsigned i = 0; i < 4; i++)
      lurk_turns_wait(join(i, i < 3 ? &owner : &other));
    lurk_turns_leave(&connections[leaver]);
    assert_false(connections[leaver].waiting);
    take(2);
    assert_int_equal(strlen(order), 6);
    assert_null(strchr(order, (int)('a' + leaver)));
    end();
  }
}

static void joining_another_owner_leaves_the_first(void **state) {
  (void)state;
  static const char owner, other;
  begin();
  lurk_connection *connection = join(0, &owner);
  lurk_turns_wait(connection);
  join(0, &other);
  assert_false(connection->waiting);
  join(0, &other); /* once more: it stays one connection of one owner */
  assert_int_equal(connection->share->connections, 1);
  assert_null(thread.turns.shares->next);
  lurk_turns_wait(connection);
  take(1);
  assert_string_equal(order, "aA");
  end();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_flood_over_many_connections_is_one),
      cmocka_unit_test(cheap_connections_share_a_turn),
      cmocka_unit_test(who_asks_now_and_then_comes_first),
      cmocka_unit_test(served_often_is_settled_once),
      cmocka_unit_test(waiting_twice_is_waiting_once),
      cmocka_unit_test(who_leaves_is_not_served),
      cmocka_unit_test(joining_another_owner_leaves_the_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
