/** A screen at an exact offset: escape sequences that redraw it on a fresh terminal of the same size. */
export interface ScreenSnapshot {
  readonly offset: number;
  readonly epoch: string;
  readonly cols: number;
  readonly rows: number;
  readonly bytes: Buffer;
  readonly title: string;
}
