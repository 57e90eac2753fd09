interface Check {
  readonly name: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
}

/** What was checked, and how it came out. */
export class Report {
  private readonly checks: Check[] = [];

  add(name: string, expected: string, seen: string | number, ok: boolean): void {
    this.checks.push({ name, expected, seen: String(seen), ok });
  }

  get failed(): number {
    return this.checks.filter(({ ok }) => !ok).length;
  }

  render(): string {
    const rows = [
      ['check', 'expected', 'seen', 'ok'],
      ...this.checks.map(({ name, expected, seen, ok }) => [name, expected, seen, ok ? 'yes' : 'NO']),
    ];
    const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    return rows
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n');
  }
}
