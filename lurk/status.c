#include "lurk/status.h"

const char *lurk_status_name(lurk_status status) {
  switch (status) {
  case LURK_OK:
    return "ok";
  case LURK_ERR_MALFORMED:
    return "malformed";
  case LURK_ERR_UNSUPPORTED:
    return "unsupported";
  case LURK_ERR_MISMATCH:
    return "mismatch";
  case LURK_ERR_LIMIT:
    return "limit reached";
  case LURK_ERR_IO:
    return "input/output error";
  case LURK_ERR_CLOSED:
    return "closed";
  case LURK_ERR_TIMEOUT:
    return "deadline passed";
  case LURK_ERR_MEMORY:
    return "out of memory";
  case LURK_ERR_BACKEND:
    return "cryptographic library failed";
  }
  return "unknown status";
}
