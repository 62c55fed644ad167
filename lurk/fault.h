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
  X(secret_in_log)                                                                                           \
  X(no_poo_check)                                                                                            \
  X(poo_challenge_without_randoms)                                                                           \
  X(rejection_random)                                                                                        \
  X(no_time_window)                                                                                          \
  X(no_replay_window)                                                                                        \
  X(freshness_skipped)                                                                                       \
  X(freshness_null_accepted)                                                                                 \
  X(wrong_master_label)                                                                                      \
  X(key_usage_ignored)                                                                                       \
  X(lurk_other_edges_key_served)                                                                             \
  X(lurk_trailing_bytes_accepted)                                                                            \
  X(length_trusted)                                                                                          \
  X(sha1_accepted)                                                                                           \
  X(status_swapped)                                                                                          \
  X(id_not_echoed)                                                                                           \
  X(base_error_in_own_designation)                                                                           \
  X(state_missing)                                                                                           \
  X(capabilities_of_all_edges)                                                                               \
  X(ems_not_required)                                                                                        \
  X(finished_not_checked)                                                                                    \
  X(null_poo_despite_policy)                                                                                 \
  X(off_curve_without_poo)

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
