interface Answered {
  readonly userId: string;
  /** Monotonic. */
  readonly at: number;
}

/** The last two users whom the API gave an answer: enough to know when anybody but a given one last got some. */
export class AnsweredUsers {
  private last: readonly Answered[] = [];

  note(userId: string, at: number): void {
    this.last = [{ userId, at }, ...this.last.filter((one) => one.userId !== userId)].slice(0, 2);
  }

  /** Undefined: nobody else ever. */
  otherThan(userId: string): number | undefined {
    return this.last.find((one) => one.userId !== userId)?.at;
  }
}
