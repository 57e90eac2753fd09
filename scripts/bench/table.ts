import { EXPECTATIONS, judge } from './expectations';
import { middleOf, type Row } from './results';
import type { TargetName } from './targets/target';

const GAP = '  ';
const NOTHING = '–';

/** The table of a run: medians, Holdfast's ratio to each of the others, and what the project aims at. */
export function renderTable(rows: readonly Row[], targets: readonly TargetName[]): string {
  const others = targets.filter((name) => name !== 'holdfast');
  const header = ['', 'unit', ...targets, ...others.map((name) => `holdfast/${name}`), 'target'];
  const lines = rows.map((row) => [
    row.title,
    row.unit,
    ...targets.map((name) => middleOf(row, name)?.toFixed(row.digits) ?? NOTHING),
    ...others.map((name) => ratio(middleOf(row, 'holdfast'), middleOf(row, name))),
    expectationsOf(row),
  ]);
  return align([header, ...lines]);
}

function ratio(value: number | undefined, other: number | undefined): string {
  return value === undefined || other === undefined || other === 0 ? NOTHING : `${(value / other).toFixed(2)}×`;
}

function expectationsOf(row: Row): string {
  return EXPECTATIONS.filter((expectation) => expectation.row === row.id)
    .map((expectation) => {
      const { beyondHoldfast, compare, bound, times, of } = expectation;
      const [own, value] = [middleOf(row, 'holdfast'), middleOf(row, of ?? 'holdfast')];
      const counted = beyondHoldfast && value !== undefined ? value - (own ?? Number.NaN) : value;
      const verdict = judge(expectation, counted, times && middleOf(row, times));
      const what = of ? `${of} ${beyondHoldfast ? '− holdfast ' : ''}` : '';
      return `${what}${compare} ${bound}${times ? ` × ${times}` : ` ${row.unit}`}: ${verdict}`;
    })
    .join('; ');
}

/** The first column and the last are text, the others are numbers. */
function align(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const last = widths.length - 1;
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          if (column === last) return cell;
          return column === 0 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}
