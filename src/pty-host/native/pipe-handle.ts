/** Node's pipes carry their descriptor here; there is no public way to read it. */
export interface Pipe {
  readonly _handle: { readonly fd: number };
}
