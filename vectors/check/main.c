/* lurk-vectors-check-LIBRARY: the decoder alone, on a library that the generator does not use. */
#include "vectors/check/check.h"

#include <stdio.h>

int main(int argc, char **argv) {
  (void)argv;
  if (argc > 1) {
    fputs("lurk-vectors-check: takes no words; questions come on standard input (docs/vectors.md)\n", stderr);
    return 2;
  }
  return check_stream();
}
