/* lurk-bench-LIBRARY loops|stages|load FILE: measures and prints one JSON object. ci/bench writes the files
 * and reads the objects. */
#include "load.h"
#include "loops.h"

#include "lurk/diagnose.h"
#include "lurk/secret.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *name;
  json_t *(*run)(json_t *config, char *why, size_t why_len);
} commands[] = {{"loops", lurk_bench_loops}, {"stages", lurk_bench_stages}, {"load", lurk_bench_load}};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static size_t find_command(const char *name) {
  size_t i = 0;
  while (i < COMMAND_COUNT && strcmp(commands[i].name, name) != 0)
    i++;
  return i;
}

static int run(size_t command, const char *file) {
  char why[512];
  json_error_t error;
  json_t *config = json_load_file(file, JSON_REJECT_DUPLICATES, &error);
  if (config == NULL) {
    lurk_diagnose("%s: %s", file, error.text);
    return 2;
  }
  json_t *result = commands[command].run(config, why, sizeof why);
  if (result == NULL) {
    lurk_diagnose("%s: %s", file, why);
    json_decref(config);
    return 2;
  }
  json_dumpf(result, stdout, JSON_COMPACT);
  printf("\n");
  json_int_t wrong = json_integer_value(json_object_get(result, "wrong"));
  if (wrong > 0)
    lurk_diagnose("%lld answers are wrong", (long long)wrong);
  json_decref(result);
  json_decref(config);
  return wrong > 0 ? 1 : 0;
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "--version") == 0) {
    printf("lurk-bench %s\n", LURK_VERSION);
    return 0;
  }
  size_t command = count == 3 ? find_command(arguments[1]) : COMMAND_COUNT;
  if (command == COMMAND_COUNT) {
    lurk_diagnose("say what to measure and how: loops FILE, stages FILE or load FILE; ci/bench does");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  json_set_alloc_funcs(lurk_wiping_malloc, lurk_wiping_free);
  return run(command, arguments[2]);
}
