/** Figures with names: one row of a table, and of the JSON. */
export type Row = Record<string, string | number>;

/** A table as it is printed; `rows` as they are go into the JSON under `key`. */
export interface Table {
  key: string;
  title: string;
  rows: readonly Row[];
}

/** Something that has to hold, and what was measured. */
export interface Demand {
  name: string;
  measured: string;
  met: boolean;
}

/** Where a suite puts what it finds. Missed demands make `npm run bench` exit with 1. */
export interface Report {
  /** Progress, on stderr. */
  log(text: string): void;
  table(table: Table): void;
  demand(demand: Demand): void;
}

/** What the command line asked for. */
export interface Wishes {
  /** Length of what runs on the wall clock, where it was given. */
  seconds?: number | undefined;
}

/** What a file bench/<name>.bench.ts exports. */
export interface Suite {
  title: string;
  run(report: Report, wishes: Wishes): Promise<void>;
}

/** The table as Markdown, columns aligned. */
export function formatTable({ title, rows }: Table): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const text = (value: string | number | undefined): string =>
    typeof value === "number" ? (Number.isInteger(value) ? String(value) : value.toPrecision(4)) : (value ?? "");
  const cells = [columns, columns.map(() => "-"), ...rows.map((row) => columns.map((column) => text(row[column])))];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const lines = cells.map(
    (row, line) =>
      `| ${row.map((cell, i) => (line === 1 ? "-".repeat(widths[i]) : cell.padEnd(widths[i]))).join(" | ")} |`,
  );
  return `${title}\n\n${lines.join("\n")}`;
}
