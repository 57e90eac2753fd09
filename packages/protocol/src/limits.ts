/** The subprotocols, in the order in which a server prefers them. */
export const SUBPROTOCOL_V1 = 'holdfast.v1';
export const SUBPROTOCOL_RAW = 'holdfast.raw.v1';
/** Prefix of the subprotocol that carries an access token; it is never echoed. */
export const BEARER_SUBPROTOCOL_PREFIX = 'holdfast.bearer.';

/** Unacknowledged output on one channel, by default. */
export const DEFAULT_WINDOW_BYTES = 256 * 1024;
/** The largest input frame, header included. Larger ones close the socket with 1009. */
export const MAX_INPUT_FRAME_BYTES = 64 * 1024;
/** Attachments on one socket. */
export const MAX_CHANNELS = 256;
