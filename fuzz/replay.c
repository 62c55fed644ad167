/* Runs inputs through a fuzz target without an engine, with any compiler: REPLAY [--seconds N]
 * FILE-OR-FOLDER... Once each, or over and over for so long, to see how fast the target is. */
#include "fuzz/target.h"
#include "lurk/file.h"
#include <dirent.h>
#include <errno.h>
#include <time.h>

#define MAX_FILE_LEN (16 * 1024 * 1024)

/* Each input stands in a block of exactly its length, so that a sanitizer sees the first octet read beyond
 * it. */
struct inputs {
  struct lurk_octets *all;
  size_t count, room;
};

static bool take_file(struct inputs *inputs, const char *path) {
  struct lurk_octets file = {NULL, 0};
  if (!lurk_file_read(path, MAX_FILE_LEN, &file, NULL)) {
    perror(path);
    return false;
  }
  if (inputs->count == inputs->room) {
    inputs->room = 2 * inputs->room + 64;
    inputs->all = realloc(inputs->all, inputs->room * sizeof *inputs->all);
    FUZZ_CHECK(inputs->all != NULL);
  }
  struct lurk_octets *exact = &inputs->all[inputs->count++];
  *exact = (struct lurk_octets){NULL, 0};
  FUZZ_CHECK(lurk_octets_copy(exact, file.data, file.len));
  lurk_octets_clear(&file);
  return true;
}

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/* A folder's files in the order of their names, or the file itself. */
static bool take(struct inputs *inputs, const char *path) {
  struct dirent **entries;
  int count = scandir(path, &entries, is_visible, alphasort);
  if (count < 0 && errno == ENOTDIR)
    return take_file(inputs, path);
  if (count < 0) {
    perror(path);
    return false;
  }
  bool taken = true;
  for (int i = 0; i < count; i++) {
    char file[4096];
    snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
    taken = take_file(inputs, file) && taken;
    free(entries[i]);
  }
  free(entries);
  return taken;
}

static void run(const struct inputs *inputs) {
  for (size_t i = 0; i < inputs->count; i++)
    LLVMFuzzerTestOneInput(inputs->all[i].data, inputs->all[i].len);
}

/* On the processor's clock: what else runs on the machine does not count. */
static double seconds_used(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void measure(const struct inputs *inputs, double seconds) {
  size_t rounds = 0;
  double start = seconds_used(), used = 0;
  for (; used < seconds; used = seconds_used() - start) {
    run(inputs);
    rounds++;
  }
  printf("%.0f executions per second\n", (double)(rounds * inputs->count) / used);
}

int main(int argc, char **argv) {
  struct inputs inputs = {NULL, 0, 0};
  double seconds = 0;
  int first = 1;
  if (argc > 2 && strcmp(argv[1], "--seconds") == 0) {
    seconds = atof(argv[2]);
    first = 3;
  }
  if (first >= argc) {
    fprintf(stderr, "%s: name files or folders of inputs\n", argv[0]);
    return 2;
  }
  bool taken = true;
  for (int i = first; i < argc; i++)
    taken = take(&inputs, argv[i]) && taken;
  if (seconds > 0 && inputs.count > 0)
    measure(&inputs, seconds);
  else
    run(&inputs);
  printf("%zu inputs replayed\n", inputs.count);
  taken = taken && inputs.count > 0;
  for (size_t i = 0; i < inputs.count; i++)
    lurk_octets_clear(&inputs.all[i]);
  free(inputs.all);
  return taken ? 0 : 1;
}
