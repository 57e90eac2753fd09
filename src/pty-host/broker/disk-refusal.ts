const OUT_OF_DESCRIPTORS = new Set(['EMFILE', 'ENFILE']);
const DISK_REFUSALS = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EROFS', ...OUT_OF_DESCRIPTORS]);

/** The disk takes nothing now and may later: sessions that exist go on in memory until it does. */
export function isDiskRefusal(error: unknown): boolean {
  return DISK_REFUSALS.has((error as NodeJS.ErrnoException).code ?? '');
}

/** The file may be perfectly readable later. */
export function isOutOfDescriptors(error: unknown): boolean {
  return OUT_OF_DESCRIPTORS.has((error as NodeJS.ErrnoException).code ?? '');
}
