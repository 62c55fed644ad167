/* Runs every file of a folder through a fuzz target: REPLAY FOLDER. For builds without libFuzzer, and to look
 * at what it found. */
#include "fuzz/target.h"
#include "lurk/file.h"
#include <dirent.h>
#include <string.h>

#define MAX_FILE_LEN (16 * 1024 * 1024)

/* Each input stands in a block of exactly its length, so that a sanitizer sees the first octet read beyond
 * it. */
static bool replay(const char *path) {
  struct lurk_octets file = {NULL, 0}, exact = {NULL, 0};
  if (!lurk_file_read(path, MAX_FILE_LEN, &file, NULL)) {
    perror(path);
    return false;
  }
  FUZZ_CHECK(lurk_octets_copy(&exact, file.data, file.len));
  LLVMFuzzerTestOneInput(exact.data, exact.len);
  lurk_octets_clear(&exact);
  lurk_octets_clear(&file);
  return true;
}

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "%s: name one folder of inputs\n", argv[0]);
    return 2;
  }
  struct dirent **entries;
  int count = scandir(argv[1], &entries, is_visible, alphasort);
  if (count < 0) {
    perror(argv[1]);
    return 2;
  }
  int replayed = 0;
  for (int i = 0; i < count; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
    replayed += replay(path);
    free(entries[i]);
  }
  free(entries);
  printf("%d of %d inputs replayed\n", replayed, count);
  return replayed == count && count > 0 ? 0 : 1;
}
