/** Nothing more can be kept: the caller decides what that means. */
export class OutboxFullError extends Error {
  constructor(readonly bound: 'disk' | 'memory') {
    super(
      bound === 'disk'
        ? 'The outbox holds OUTBOX_MAX_BYTES on disk already.'
        : 'The disk takes no more records, and memory holds as many as it may.',
    );
    this.name = 'OutboxFullError';
  }
}
