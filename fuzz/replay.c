/* Runs inputs through a fuzz target without an engine, with any compiler: REPLAY [--seconds N]
 * FILE-OR-FOLDER... Once each, or over and over for so long, to see how fast the target is. */
#include "fuzz/target.h"
#include "lurk/file.h"
#include <dirent.h>
#include <errno.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_FILE_LEN (16 * 1024 * 1024)

/* Each input stands in a block of exactly its length, so that a sanitizer sees the first octet read beyond
 * it. */
struct input {
  struct lurk_octets octets;
  char *path;
};
struct inputs {
  struct input *all;
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
  struct input *input = &inputs->all[inputs->count++];
  *input = (struct input){.path = strdup(path)};
  FUZZ_CHECK(input->path != NULL && lurk_octets_copy(&input->octets, file.data, file.len));
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
    LLVMFuzzerTestOneInput(inputs->all[i].octets.data, inputs->all[i].octets.len);
}

/* What a process that ends this way says goes nowhere: the path is the answer. */
static void print_deadly(const struct inputs *inputs) {
  for (size_t i = 0; i < inputs->count; i++) {
    int status = 0;
    pid_t process = fork();
    FUZZ_CHECK(process >= 0);
    if (process == 0) {
      FUZZ_CHECK(freopen("/dev/null", "w", stderr) != NULL);
      LLVMFuzzerTestOneInput(inputs->all[i].octets.data, inputs->all[i].octets.len);
      _exit(0);
    }
    FUZZ_CHECK(waitpid(process, &status, 0) == process);
    if (status != 0)
      printf("%s\n", inputs->all[i].path);
  }
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

static void clear(struct inputs *inputs) {
  for (size_t i = 0; i < inputs->count; i++) {
    lurk_octets_clear(&inputs->all[i].octets);
    free(inputs->all[i].path);
  }
  free(inputs->all);
}

int main(int argc, char **argv) {
  struct inputs inputs = {NULL, 0, 0};
  bool which = argc > 1 && strcmp(argv[1], "--which") == 0, taken = true;
  double seconds = argc > 2 && strcmp(argv[1], "--seconds") == 0 ? atof(argv[2]) : 0;
  int first = which ? 2 : seconds > 0 ? 3 : 1;
  if (first >= argc) {
    fprintf(stderr, "%s: name files or folders of inputs\n", argv[0]);
    return 2;
  }
  for (int i = first; i < argc; i++)
    taken = take(&inputs, argv[i]) && taken;
  if (which)
    print_deadly(&inputs);
  else if (seconds > 0 && inputs.count > 0)
    measure(&inputs, seconds);
  else
    run(&inputs);
  if (!which)
    printf("%zu inputs replayed\n", inputs.count);
  taken = taken && inputs.count > 0;
  clear(&inputs);
  return taken ? 0 : 1;
}
