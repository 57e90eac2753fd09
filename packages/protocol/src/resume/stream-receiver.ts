export type Accepted =
  | { readonly kind: 'deliver'; readonly bytes: Uint8Array }
  | { readonly kind: 'duplicate' }
  /** Something in front is missing: deliver nothing, ask again from `next`. */
  | { readonly kind: 'gap' };

const DUPLICATE: Accepted = { kind: 'duplicate' };
const GAP: Accepted = { kind: 'gap' };

/** The receiving half of a stream: the state that matters is one integer. */
export class StreamReceiver {
  constructor(public next = 0) {}

  accept(offset: number, bytes: Uint8Array): Accepted {
    if (offset > this.next) return GAP;
    const end = offset + bytes.length;
    if (end <= this.next) return DUPLICATE;
    const fresh = offset === this.next ? bytes : bytes.subarray(this.next - offset);
    this.next = end;
    return { kind: 'deliver', bytes: fresh };
  }
}
