/** What happened in all runs together: the numbers that say whether the simulator did its work. */
export class Totals {
  private readonly counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.counts.set(name, this.of(name) + by);
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  describe(): string {
    return [...this.counts]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
      .join(' · ');
  }
}
