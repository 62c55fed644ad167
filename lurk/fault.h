/* Named faults: each bends exactly one check, so that the suite can show that it notices. They exist only in
 * builds with LURK_FAULTS; everywhere else LURK_FAULT(x) is the constant false and the compiler drops the
 * branch. */
#ifndef LURK_FAULT_H
#define LURK_FAULT_H

#include <stdbool.h>
#include <stdio.h>

/* Of a key server, of an edge, and of code that both run. */
#define LURK_FAULT_LIST_KEY_SERVER(X)                                                                        \
  X(client_certificate_optional)                                                                             \
  X(off_curve_point_signed)                                                                                  \
  X(distinguishable_padding_error)                                                                           \
  X(premaster_without_rejection)                                                                             \
  X(other_edges_key_served)                                                                                  \
  X(any_input_signed)                                                                                        \
  X(no_poo_check)                                                                                            \
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
  X(off_curve_without_poo)                                                                                   \
  X(rejection_random_padding)                                                                                \
  X(padding_timing_leak)                                                                                     \
  X(finished_timing_leak)                                                                                    \
  X(ski_method_ignored)                                                                                      \
  X(ski_protocol_ignored)                                                                                    \
  X(absent_hash_means_sha256)                                                                                \
  X(client_context_signed)                                                                                   \
  X(premaster_version_ignored)                                                                               \
  X(rejection_same_for_all)                                                                                  \
  X(foreign_key_told)                                                                                        \
  X(any_media_type_read)                                                                                     \
  X(any_path_served)                                                                                         \
  X(header_not_limited)                                                                                      \
  X(address_ignored)                                                                                         \
  X(rate_ignored)                                                                                            \
  X(connections_per_edge_unlimited)                                                                          \
  X(shared_ciphertext_unnoticed)                                                                             \
  X(revocation_ignored)                                                                                      \
  X(request_not_logged)                                                                                      \
  X(extension_version_ignored)                                                                               \
  X(request_status_ignored)                                                                                  \
  X(base_payload_ignored)                                                                                    \
  X(handshake_certificate_ignored)                                                                           \
  X(any_suite_taken)                                                                                         \
  X(suite_not_offered_taken)                                                                                 \
  X(small_order_point_accepted)                                                                              \
  X(handshake_left_over)                                                                                     \
  X(response_not_reduced)
#define LURK_FAULT_LIST_EDGE(X)                                                                              \
  X(key_server_name_not_checked)                                                                             \
  X(key_server_certificate_unverified)                                                                       \
  X(answer_id_not_matched)                                                                                   \
  X(answer_type_not_checked)                                                                                 \
  X(error_with_output_taken)                                                                                 \
  X(answer_scheme_not_checked)                                                                               \
  X(request_taken_as_answer)                                                                                 \
  X(answer_octets_left_over)                                                                                 \
  X(output_beside_error_taken)                                                                               \
  X(http_status_ignored)                                                                                     \
  X(media_type_ignored)                                                                                      \
  X(no_failover)                                                                                             \
  X(no_key_server_deadline)                                                                                  \
  X(connection_not_reopened)                                                                                 \
  X(request_ids_repeated)                                                                                    \
  X(state_change_ignored)                                                                                    \
  X(discovery_unlimited)                                                                                     \
  X(signature_not_verified)                                                                                  \
  X(rsa_failure_shown)                                                                                       \
  X(alert_not_sent)                                                                                          \
  X(first_key_always_asked)                                                                                  \
  X(s_reused)                                                                                                \
  X(s_without_time)                                                                                          \
  X(s_on_the_wire)                                                                                           \
  X(null_poo_sent)                                                                                           \
  X(poo_commitment_reused)                                                                                   \
  X(prf_hash_fixed)                                                                                          \
  X(ems_ignored)                                                                                             \
  X(audit_left_out)                                                                                          \
  X(wire_random_in_messages)                                                                                 \
  X(protocol_always_tls12)                                                                                   \
  X(hash_not_sent)                                                                                           \
  X(digest_instead_of_content)
#define LURK_FAULT_LIST_BOTH(X)                                                                              \
  X(duplicate_cbor_key_accepted)                                                                             \
  X(non_shortest_cbor_accepted)                                                                              \
  X(trailing_bytes_accepted)                                                                                 \
  X(secret_in_log)                                                                                           \
  X(poo_challenge_without_randoms)                                                                           \
  X(poo_challenge_without_point)                                                                             \
  X(challenge_not_truncated)
/* For the fuzz targets: a check of a length is gone. The programs do not take them, the suite does not judge
 * them. */
#define LURK_FAULT_LIST_PLANTED(X)                                                                           \
  X(cbor_count_not_checked)                                                                                  \
  X(character_cut_off_read)                                                                                  \
  X(fingerprint_length_not_checked)                                                                          \
  X(json_list_overfilled)                                                                                    \
  X(header_length_not_checked)                                                                               \
  X(premaster_length_trusted)                                                                                \
  X(finished_length_trusted)                                                                                 \
  X(response_length_trusted)                                                                                 \
  X(capability_list_trusted)                                                                                 \
  X(odd_extension_list_taken)                                                                                \
  X(answer_signature_trusted)                                                                                \
  X(handshake_message_trusted)                                                                               \
  X(session_id_length_not_checked)                                                                           \
  X(content_length_not_checked)                                                                              \
  X(answer_body_not_limited)                                                                                 \
  X(der_length_trusted)                                                                                      \
  X(point_length_not_checked)                                                                                \
  X(transcript_hash_length_not_checked)                                                                      \
  X(odd_hello_list_taken)                                                                                    \
  X(commitment_length_not_checked)                                                                           \
  X(config_number_not_checked)
#define LURK_FAULT_LIST(X)                                                                                   \
  LURK_FAULT_LIST_KEY_SERVER(X) LURK_FAULT_LIST_EDGE(X) LURK_FAULT_LIST_BOTH(X) LURK_FAULT_LIST_PLANTED(X)

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

/* For the command lines of the programs. */
enum lurk_fault_program { LURK_FAULT_IN_KEY_SERVER = 1, LURK_FAULT_IN_EDGE = 2, LURK_FAULT_IN_TARGET = 4 };
/* A line on stderr that this is no program for use. Where the environment names a file LURK_FAULT_COUNTS, it
 * gets a counter (32 bits) for each fault, in the order of the lists: how often LURK_FAULT(name) was asked
 * for. Written `wrong && !LURK_FAULT(name)`, that is how often the check was about to refuse something. */
void lurk_fault_begin(void);
/* --fault NAME: switches it on and says so on stderr; or says that the program has none of that name. */
bool lurk_fault_option(enum lurk_fault_program program, const char *name);
/* The names that the program takes, each with the number of its counter, for its help. */
void lurk_fault_print(enum lurk_fault_program program, FILE *out);

#else
#define LURK_FAULT(name) false
#endif

#endif
