/* Named faults: each bends exactly one check, so that the suite can show that it notices. They exist only in
 * builds with LURK_FAULTS; everywhere else LURK_FAULT(x) is the constant false and the compiler drops the
 * branch. */
#ifndef LURK_FAULT_H
#define LURK_FAULT_H

#include <stdbool.h>

#define LURK_FAULT_LIST(X)                                                                                   \
  X(client_certificate_optional)                                                                             \
  X(duplicate_cbor_key_accepted)                                                                             \
  X(non_shortest_cbor_accepted)                                                                              \
  X(trailing_bytes_accepted)                                                                                 \
  X(off_curve_point_signed)                                                                                  \
  X(distinguishable_padding_error)                                                                           \
  X(premaster_without_rejection)                                                                             \
  X(other_edges_key_served)                                                                                  \
  X(any_input_signed)                                                                                        \
  X(secret_in_log)

#ifdef LURK_FAULTS

enum lurk_fault {
#define LURK_FAULT_ENUM(name) LURK_FAULT_##name,
  LURK_FAULT_LIST(LURK_FAULT_ENUM)
#undef LURK_FAULT_ENUM
      LURK_FAULT_COUNT,
};

#define LURK_FAULT(name) lurk_fault_is_on(LURK_FAULT_##name)

bool lurk_fault_is_on(enum lurk_fault fault);
/* Switches the named fault on. False when there is no fault of that name. Call before the first thread
 * starts. */
bool lurk_fault_switch_on(const char *name);

#else
#define LURK_FAULT(name) false
#endif

#endif
