//! Disturbed lines, over real sockets: each decision about them, and what clients of others do there.
//!
//! | decision | tests | over |
//! |---|---|---|
//! | a line attaches at the boundary of a packet | `attach`: `a_packet_that_has_begun_…` | our engine, a relay |
//! | what is queued already passes unread | `attach`: `what_is_queued_…` | our engine, a relay |
//! | a new connection has a line, which goes after CONNECT if nothing can match | `attach`: `a_new_connection_…`, `the_line_of_a_client_…` | our engine, a relay |
//! | first in, first out, each way | `order`: `what_comes_later_waits_…` | our engine, a relay |
//! | only hold and reorder overtake | `order`: `only_what_is_held_…`, `only_what_is_reordered_…` | our engine, a relay |
//! | kept bytes count against bounds, and press back | `order`: `kept_bytes_…` (two) | our engine, a relay |
//! | the end of the input waits behind kept bytes | `order`: `the_end_of_a_client_…`, `a_goodbye_…` | our engine, a relay |
//! | a reset discards | `order`: `a_reset_discards_…` | our engine, a relay |
//! | our own close waits | `order`: `our_own_close_…` | our engine, a relay |
//! | takeover discards, with an entry | `order`: `a_takeover_…` | our engine, a relay |
//! | restart and crash discard, with an entry; rules stay | `ends`: `a_restart_…`, `a_crash_…` | our engine, which alone has them |
//! | no snapshot has a rule | `ends`: `a_snapshot_…` | our engine, which alone has them |
//! | reset restores the world | `ends`: `reset_restores_…` | our engine |
//! | dropped is lost on the way: the window stays used, redelivery is the protocol's | `state`: `a_lost_message_…`, `a_lost_acknowledgement_…`, `a_lost_pubrel_…` | our engine, a relay |
//! | the topic of a lost alias is restored | `state`: `the_topic_of_a_lost_packet_…` | our engine, a relay |
//! | answers to what was made up are swallowed | `state`: `what_answers_never_sees_…` | our engine, a relay |
//! | early SUBACK, false Session Present, refusals, doubled and wrong acknowledgements | `state`: `an_early_suback_…`, `a_false_session_present`, `refusals_…`, `a_new_connection_…` of `attach`, `a_doubled_…`, `an_acknowledgement_of_…` | our engine, a relay |
//! | late on a running clock: not settled, and named | `settle`: `what_is_late_on_a_running_clock_…` | our engine, a relay if it can settle |
//! | late on a frozen clock, or held without an end: settled | `settle`: `what_is_late_on_a_frozen_clock_…`, `what_is_held_…` | the same |
//! | a lost exchange is not on its way | `settle`: `an_exchange_…` | the same |
//! | a socket that is stalled does not count as unread | `settle`: `a_socket_…` | the same |
//! | the journal has the client's side once; the engine's side is a second entry where it differs | `journal` (all) | our engine, a relay |
//! | chance is drawn for each seed, rule, client and count | `chance` (all) | our engine, a relay |

mod attach;
mod chance;
mod clients;
mod ends;
mod ground;
mod journal;
mod lies;
mod order;
mod settle;
mod state;
