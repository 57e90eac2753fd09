import { percentile } from '../bench/statistics';
import { failures, timing, type Outcome } from './verdict';

const HEADER = [
  'row',
  'fault',
  'runs',
  'output',
  'input',
  'lost',
  'doubled',
  'flagged',
  'pause p50',
  'p99',
  'max',
  'reconnects',
  'refused',
  'targets',
];
const NOTHING = '–';

/** For a terminal: columns under each other. */
export function renderTable(outcomes: readonly Outcome[]): string {
  const lines = [HEADER, ...outcomes.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const isText = (column: number): boolean => column < 2 || column === HEADER.length - 1;
  return lines
    .map((line) =>
      line
        .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function renderMarkdown(outcomes: readonly Outcome[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const names = outcomes.map((outcome) => {
    const [name, ...rest] = cells(outcome);
    return line([`\`${name}\``, ...rest]);
  });
  return [line(HEADER), line(HEADER.map((_, column) => (column < 2 ? '---' : '--:'))), ...names].join('\n');
}

function cells(outcome: Outcome): string[] {
  const { row, measured } = outcome;
  return [
    row.name,
    row.title,
    String(measured.runs),
    `${exactly(measured.outputExact)} ${megabytes(measured.outputBytes)}`,
    `${exactly(measured.inputExact)} ${kilobytes(measured.inputBytes)}`,
    String(measured.lostBytes),
    String(measured.doubledBytes),
    measured.flaggedWrites === 0 ? '0' : `${measured.flaggedWrites} (≤ ${measured.largestFlaggedBytes} B)`,
    milliseconds(measured.pausesMs, 0.5),
    milliseconds(measured.pausesMs, 0.99),
    milliseconds(measured.pausesMs, 1),
    String(measured.reconnects),
    String(measured.refused),
    targets(outcome),
  ];
}

function targets(outcome: Outcome): string {
  const failed = failures(outcome);
  return [failed.length === 0 ? 'bytes: met' : `FAILED: ${failed.join('; ')}`, timing(outcome)]
    .filter(Boolean)
    .join('; ');
}

function exactly(exact: boolean): string {
  return exact ? 'exact' : 'DIFFERS';
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1e3).toFixed(0)} kB`;
}

function milliseconds(values: readonly number[], share: number): string {
  return values.length === 0 ? NOTHING : `${percentile(values, share).toFixed(0)} ms`;
}
