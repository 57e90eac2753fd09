/** A terminal's size in cells. */
export interface Size {
  readonly cols: number;
  readonly rows: number;
}

export const sameSize = (a: Size | undefined, b: Size | undefined): boolean =>
  a?.cols === b?.cols && a?.rows === b?.rows;
