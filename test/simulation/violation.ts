/** An invariant does not hold. */
export class Violation extends Error {}

export function ensure(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what);
}
