/**
 * Loaded into the measured process in front of its program (node --expose-gc --require): SIGUSR2 makes it collect its garbage.
 * Else memory would depend on when V8 did that last, by more than all sessions need.
 */
process.on('SIGUSR2', () => {
  (globalThis as { gc?: () => void }).gc?.();
});
