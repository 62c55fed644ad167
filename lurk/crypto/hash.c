#include "lurk/crypto/crypto.h"

size_t lurk_hash_len(enum lurk_hash hash) {
  switch (hash) {
  case LURK_SHA1:
    return 20;
  case LURK_SHA224:
    return 28;
  case LURK_SHA256:
    return 32;
  case LURK_SHA384:
    return 48;
  case LURK_SHA512:
    return 64;
  }
  return 0;
}
