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
  X(unparsed_payload_signed)                                                                                 \
  X(response_of_any_length)                                                                                  \
  X(proof_on_x25519_ignored)                                                                                 \
  X(proof_leaves_bad_point_out)                                                                              \
  X(unknown_prf_hash_means_sha256)                                                                           \
  X(premaster_prefix_optional)                                                                               \
  X(dtls_numbers_from_zero)                                                                                  \
  X(dtls_key_usage_ignored)                                                                                  \
  X(hello_verify_request_taken)                                                                              \
  X(done_before_certificate_taken)                                                                           \
  X(message_octets_left_over)                                                                                \
  X(tls13_offer_refused)                                                                                     \
  X(session_hash_to_the_end)                                                                                 \
  X(server_finished_taken)                                                                                   \
  X(lurk_padding_error_told)                                                                                 \
  X(rejection_by_zeros)                                                                                      \
  X(rejection_fixed_master)                                                                                  \
  X(rejection_secret_of_process)                                                                             \
  X(prf_always_sha256)                                                                                       \
  X(rsa_freshness_skipped)                                                                                   \
  X(freshness_skipped_without_proof)                                                                         \
  X(freshness_of_ecdsa_alone)                                                                                \
  X(answers_padded)                                                                                          \
  X(refused_uses_s)                                                                                          \
  X(ecdsa_nonce_fixed)                                                                                       \
  X(tls12_scheme_as_in_tls13)                                                                                \
  X(x25519_not_canonical_fails)                                                                              \
  X(key_id_alias_unknown)                                                                                    \
  X(state_of_each_answer)                                                                                    \
  X(state_of_the_options)                                                                                    \
  X(state_of_the_process)                                                                                    \
  X(null_freshness_listed)                                                                                   \
  X(error_tells_cause)                                                                                       \
  X(read_is_message)                                                                                         \
  X(reload_ends_connections)                                                                                 \
  X(failed_reload_empties)                                                                                   \
  X(rights_kept_while_connected)                                                                             \
  X(stop_announced)                                                                                          \
  X(connections_unlimited)                                                                                   \
  X(address_not_logged)                                                                                      \
  X(clear_text_answered)                                                                                     \
  X(length_signed)                                                                                           \
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
  X(claimed_name_believed)                                                                                   \
  X(path_logged_raw)                                                                                         \
  X(nothing_suspicious)                                                                                      \
  X(stop_is_answered)                                                                                        \
  X(uniform_premaster_rejected)                                                                              \
  X(dtls_premaster_expected_as_tls)                                                                          \
  X(leading_zero_of_ciphertext_refused)                                                                      \
  X(rejection_without_key)                                                                                   \
  X(rejection_different_each_time)                                                                           \
  X(premaster_with_length)                                                                                   \
  X(sentinel_refused)                                                                                        \
  X(hash_means_pss)                                                                                          \
  X(long_der_length_cut)                                                                                     \
  X(client_context_put_in)                                                                                   \
  X(cause_told)                                                                                              \
  X(empty_output_beside_error)                                                                               \
  X(rights_judged_first)                                                                                     \
  X(unknown_key_is_denied)                                                                                   \
  X(unknown_key_means_first)                                                                                 \
  X(blanks_before_object_refused)                                                                            \
  X(method_required)                                                                                         \
  X(dtls_unknown)                                                                                            \
  X(unknown_member_refused)                                                                                  \
  X(ski_capabilities_of_all_edges)                                                                           \
  X(rsa_not_listed)                                                                                          \
  X(body_behind_204)                                                                                         \
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
  X(short_length_taken)                                                                                      \
  X(duplicate_json_member_accepted)                                                                          \
  X(null_means_absent)                                                                                       \
  X(base64_spare_bits_ignored)                                                                               \
  X(certificate_policy_ignored)                                                                              \
  X(handshake_left_over)                                                                                     \
  X(response_not_reduced)                                                                                    \
  X(spki_prefix_taken)                                                                                       \
  X(unknown_protocol_means_tls12)                                                                            \
  X(unknown_method_means_ecdhe)                                                                              \
  X(unknown_hash_means_sha256)                                                                               \
  X(hash_beside_scheme_taken)                                                                                \
  X(missing_member_unexpected)                                                                               \
  X(member_names_in_any_case)                                                                                \
  X(values_in_any_case)                                                                                      \
  X(utf8_not_checked)                                                                                        \
  X(any_cbor_key_kind)                                                                                       \
  X(nesting_unlimited)                                                                                       \
  X(cbor_tags_ignored)                                                                                       \
  X(scheme_cut_to_size)                                                                                      \
  X(json_errors_unexpected)                                                                                  \
  X(cbor_errors_unexpected)                                                                                  \
  X(hash_taken_for_tls13)                                                                                    \
  X(bad_input_is_denied)                                                                                     \
  X(ciphertext_length_not_checked)                                                                           \
  X(denied_is_malformed)                                                                                     \
  X(sha224_listed)                                                                                           \
  X(last_scheme_not_listed)                                                                                  \
  X(state_always_new)                                                                                        \
  X(expired_key_served)                                                                                      \
  X(curve_type_ignored)                                                                                      \
  X(point_length_ignored)                                                                                    \
  X(point_form_ignored)                                                                                      \
  X(context_padding_ignored)                                                                                 \
  X(any_transcript_hash_signed)                                                                              \
  X(only_p256_served)                                                                                        \
  X(unknown_curve_signed)                                                                                    \
  X(ed25519_asked_by_hash)                                                                                   \
  X(sha512_refused)                                                                                          \
  X(sha224_signed)                                                                                           \
  X(scheme_of_other_key_changed)                                                                             \
  X(pss_refused_in_tls12)                                                                                    \
  X(tls13_scheme_as_in_tls12)                                                                                \
  X(http_version_ignored)                                                                                    \
  X(framing_in_trailers)                                                                                     \
  X(space_before_colon)                                                                                      \
  X(obs_fold_taken)                                                                                          \
  X(bare_lf_taken)                                                                                           \
  X(body_not_limited)                                                                                        \
  X(chunked_refused)                                                                                         \
  X(continue_not_sent)                                                                                       \
  X(expectation_ignored)                                                                                     \
  X(host_not_required)                                                                                       \
  X(upgrade_refused)                                                                                         \
  X(content_encoding_ignored)                                                                                \
  X(http_faults_are_500)                                                                                     \
  X(connection_close_ignored)                                                                                \
  X(second_request_ends_connection)                                                                          \
  X(foreign_host_served)                                                                                     \
  X(pipeline_dropped)                                                                                        \
  X(half_request_handled)                                                                                    \
  X(deadlines_ignored)                                                                                       \
  X(any_method_operates)                                                                                     \
  X(any_method_asks)                                                                                         \
  X(ping_ends_connection)                                                                                    \
  X(answer_type_always_json)                                                                                 \
  X(accept_ignored)                                                                                          \
  X(media_type_with_case)                                                                                    \
  X(stray_answers_unlimited)                                                                                 \
  X(split_header_ends_connection)                                                                            \
  X(lurk_pipeline_dropped)                                                                                   \
  X(designation_ignored)                                                                                     \
  X(type_ignored)                                                                                            \
  X(base_errors_undefined)                                                                                   \
  X(tls12_errors_undefined)                                                                                  \
  X(unknown_poo_prf_means_null)                                                                              \
  X(key_id_type_ignored)                                                                                     \
  X(server_version_ignored)                                                                                  \
  X(compression_ignored)                                                                                     \
  X(ems_of_server_alone)                                                                                     \
  X(server_hello_done_optional)                                                                              \
  X(client_version_ignored)                                                                                  \
  X(extension_twice_taken)                                                                                   \
  X(session_id_unlimited)                                                                                    \
  X(odd_suites_taken)                                                                                        \
  X(any_alpn_taken)                                                                                          \
  X(sessions_resumed)                                                                                        \
  X(truncation_unnoticed)                                                                                    \
  X(answer_may_be_stored)                                                                                    \
  X(half_open_kept)                                                                                          \
  X(input_in_log)                                                                                            \
  X(any_identity_served)
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
  X(digest_instead_of_content)                                                                               \
  X(grants_ignored)                                                                                          \
  X(additions_taken_for_granted)                                                                             \
  X(state_absent_ignored)                                                                                    \
  X(every_error_leads_to_inquiry)                                                                            \
  X(inquiry_with_payload)                                                                                    \
  X(odd_capabilities_fatal)                                                                                  \
  X(capabilities_asked_by_post)                                                                              \
  X(ciphertext_with_length)                                                                                  \
  X(premaster_version_taken)                                                                                 \
  X(rsa_key_id_over_spki)                                                                                    \
  X(downgrade_sentinel_written)                                                                              \
  X(ticket_key_shared)                                                                                       \
  X(failed_audit_fatal)                                                                                      \
  X(error_of_any_extension_taken)                                                                            \
  X(answer_in_pieces_refused)                                                                                \
  X(answers_crossed)                                                                                         \
  X(accept_not_sent)                                                                                         \
  X(first_certificate_pinned)                                                                                \
  X(server_not_named)                                                                                        \
  X(gone_client_fatal)                                                                                       \
  X(one_request_at_a_time)                                                                                   \
  X(answers_expected_in_order)                                                                               \
  X(failed_key_server_given_up)                                                                              \
  X(failure_not_logged)                                                                                      \
  X(weak_suites_negotiated)                                                                                  \
  X(old_clients_served)                                                                                      \
  X(ticket_without_secret)                                                                                   \
  X(asked_twice)                                                                                             \
  X(s_in_session_id)                                                                                         \
  X(proof_without_point)                                                                                     \
  X(proof_as_offered)                                                                                        \
  X(odd_capabilities_grant_nothing)                                                                          \
  X(ems_not_negotiated)                                                                                      \
  X(hash_always_sha256)                                                                                      \
  X(protocol_named_dtls)                                                                                     \
  X(host_not_sent)                                                                                           \
  X(long_answer_taken)                                                                                       \
  X(server_random_repeated)                                                                                  \
  X(request_of_another_version)
#define LURK_FAULT_LIST_BOTH(X)                                                                              \
  X(duplicate_cbor_key_accepted)                                                                             \
  X(non_shortest_cbor_accepted)                                                                              \
  X(trailing_bytes_accepted)                                                                                 \
  X(secret_in_log)                                                                                           \
  X(byte_order_mark_skipped)                                                                                 \
  X(poo_challenge_without_randoms)                                                                           \
  X(poo_challenge_without_point)                                                                             \
  X(challenge_not_truncated)                                                                                 \
  X(old_versions_spoken)                                                                                     \
  X(weak_suites_taken)                                                                                       \
  X(validity_ignored)                                                                                        \
  X(chain_not_verified)
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
  X(config_number_not_checked)                                                                               \
  X(rest_of_request_not_awaited)                                                                             \
  X(rest_of_answer_not_awaited)                                                                              \
  X(secret_length_not_checked)                                                                               \
  X(ciphertext_length_trusted)                                                                               \
  X(point_equation_not_checked)
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
