/** Prints a report for people: nested objects indented, lists of records as a table, rates with four digits. */
export function printReport(report: unknown, write: (line: string) => void = console.log): void {
  for (const line of reportLines(report, 0)) write(line);
}

function reportLines(value: unknown, depth: number): string[] {
  const indent = '  '.repeat(depth);
  if (Array.isArray(value)) return tableLines(value, indent);
  if (typeof value !== 'object' || value === null) return [`${indent}${format(value)}`];
  return Object.entries(value).flatMap(([key, entry]) =>
    typeof entry === 'object' && entry !== null
      ? [`${indent}${key}:`, ...reportLines(entry, depth + 1)]
      : [`${indent}${key}: ${format(entry)}`],
  );
}

function tableLines(rows: unknown[], indent: string): string[] {
  if (rows.length === 0) return [`${indent}(none)`];
  if (typeof rows[0] !== 'object' || rows[0] === null) return rows.map((row) => `${indent}${format(row)}`);
  const columns = Object.keys(rows[0]);
  const cells = [
    columns,
    ...rows.map((row) => columns.map((column) => format((row as Record<string, unknown>)[column]))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index].length)));
  return cells.map(
    (line) =>
      indent +
      line
        .map((cell, index) => cell.padEnd(widths[index]))
        .join('  ')
        .trimEnd(),
  );
}

function format(value: unknown): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return value.toPrecision(4);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
