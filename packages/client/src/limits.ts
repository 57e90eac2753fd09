import type { InputBounds } from '@holdfast/protocol';

/** Every bound and interval of the SDK, with its reason. Times in milliseconds, sizes in bytes. */

/** Input that may wait for a connection or an acknowledgement, for each terminal: a large paste, not a file upload. */
export const MAX_UNSENT_BYTES = 1024 * 1024;
/** Unacknowledged input on the wire: four times what the server's PTY takes in one go, so a resend stays cheap. */
export const MAX_INPUT_IN_FLIGHT_BYTES = 256 * 1024;
/** One input frame. Small enough that Ctrl-C behind a paste waits for one frame, and far below `limits.maxFrameBytes`. */
export const INPUT_PIECE_BYTES = 16 * 1024;
export const INPUT_BOUNDS: InputBounds = {
  maxBytes: MAX_UNSENT_BYTES,
  maxInFlight: MAX_INPUT_IN_FLIGHT_BYTES,
  pieceBytes: INPUT_PIECE_BYTES,
};
/** Above this the socket's own send buffer is full and input waits in the terminal, where it is counted. */
export const MAX_SOCKET_BUFFER_BYTES = 1024 * 1024;
/** How often a full send buffer is looked at again; browsers have no `drain` event. */
export const SOCKET_BUFFER_POLL_MS = 50;

/** Things kept for a `data` listener that comes late, beside the window in bytes: events carry no bytes but cost memory. */
export const MAX_HELD_ITEMS = 4096;
/** Parsed output after which an ACK is due at the latest: an eighth of the window, so the server never runs dry. */
export const ACK_EVERY_BYTES = 32 * 1024;
/** A caught-up emulator may acknowledge this much at once … */
export const ACK_COALESCE_BYTES = 16 * 1024;
/** … or, with less, this long after the ACK before. Below the threshold at which a pause is seen. */
export const ACK_DELAY_MS = 20;

/** From dialling to `welcome`, credentials included. */
export const DIAL_TIMEOUT_MS = 10_000;
/** From `open` to `opened` or `error`. A server that answers no sooner has lost the request (found in the prototype). */
export const ATTACH_TIMEOUT_MS = 5_000;
/** Re-opens after a gap without a delivered byte between them; then the socket is not to be trusted. */
export const MAX_REOPENS_WITHOUT_PROGRESS = 3;
/** An `input_gap` for the same offset is answered once in this time: every refused frame in flight reports it. */
export const INPUT_GAP_INTERVAL_MS = 1_000;
/** Input refused because the server's buffer is full is sent again after this, unless the server names a time. */
export const INPUT_OVERFLOW_DELAY_MS = 1_000;

/** Browsers cannot send WebSocket pings. */
export const PING_INTERVAL_MS = 10_000;
/** Silence after which a socket is dead: two lost pings and some patience. */
export const DEAD_AFTER_MS = 25_000;
/** Something unanswered for longer than this, or 4 round trips, makes the link suspect. */
export const SUSPECT_AFTER_MS = 1_000;
export const SUSPECT_ROUND_TRIPS = 4;
/** Second connections for a suspect link: one in this time, doubling while they fail. */
export const SUSPECT_DIAL_INTERVAL_MS = 2_000;
/** How often outstanding answers are looked at; only runs while something is outstanding. */
export const SUSPECT_POLL_MS = 250;

/** Consecutive failed attempts that open the breaker. */
export const BREAKER_THRESHOLD = 5;
/** … once they last this long: what the ladder takes on average from the first to the fifth, half of 1 + 2 + 4 + 8 s. */
export const BREAKER_SPAN_MS = 7_500;
/** … and this many at any rate: a person who keeps pressing keys gets one attempt a second, but not for ever. */
export const BREAKER_MAX_FAILURES = 8;
/** One probe in this time while the breaker is open. */
export const BREAKER_PROBE_MS = 30_000;
/** A connection that lived this long with all channels opened was a success. */
export const STABLE_AFTER_MS = 10_000;
/** No server may send its clients away for longer than this. */
export const MAX_HINT_MS = 5 * 60_000;
/** A server that says "now" more often than this, with no stable connection in between, would make a loop of its clients. */
export const HINTS_BELIEVED = 8;
/** The ladder for connections that are sent away while they serve ends at 4 s: the server may not wait longer for them to leave. */
export const MAX_AWAY_RUNG = 3;
/** A new connection is still opening its channels when it is told to leave: look again after this. */
export const REPLACEMENT_BUSY_MS = 1_000;
/** Spread of clients whose server left without naming a time. */
export const UNPLANNED_SPREAD_MS = 1_000;
/** `retryNow` from a person or the browser: at most one attempt in this time. */
export const RETRY_NOW_INTERVAL_MS = 1_000;

/** How long `close` and `detach` wait for the server's word before they go without it. */
export const LEAVE_TIMEOUT_MS = 1_000;

/** Channels are unsigned 32-bit numbers and never used twice. */
export const MAX_CHANNEL = 0xffffffff;
