const DISK_REFUSALS = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EMFILE', 'ENFILE', 'EROFS']);

/** The disk takes nothing now and may later: sessions that exist go on in memory until it does. */
export function isDiskRefusal(error: unknown): boolean {
  return DISK_REFUSALS.has((error as NodeJS.ErrnoException).code ?? '');
}
