/** Names inside the PTY host's directory. */
export const HOST_SOCKET = 'host.sock';
export const SESSIONS_DIRECTORY = 'sessions';
