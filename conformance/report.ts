import type { Setting, SettingName, Settings } from "./finding.js";
import type { Line } from "./suite.js";

/** What a run found, without a secret: it can be posted. */
export interface Report {
  /** ISO 8601. */
  date: string;
  /** Who answered. */
  target: string;
  /** Versions of what asked. */
  versions: Readonly<Record<string, string>>;
  /** Seconds that the run took. */
  seconds: number;
  lines: readonly Line[];
  settings: Settings;
  /** For `createFakeRoom({ model })`: a room that behaves like the service that was met, as far as was seen. */
  model: Readonly<Record<string, string | number | boolean>>;
}

/** Every switch that the suite asks for. */
const names: readonly SettingName[] = [
  ...(["prebufferSeconds", "ids", "emptyLastChunk", "eventsFrom", "generations", "durations", "secondId"] as const),
  ...(["conversationIds", "interruptedStops", "abandonSeconds", "abandonFrom", "listensAfterSeconds"] as const),
  ...(["heartbeatSeconds", "interruptsGreeting", "greeting"] as const),
];

/** Puts a run into a report. */
export function reportOf(
  lines: readonly Line[],
  about: Pick<Report, "date" | "target" | "versions" | "seconds">,
): Report {
  const settings: Settings = Object.assign({}, ...lines.map((line) => line.settings));
  const model = Object.fromEntries(
    names.flatMap((name) => {
      const value = settings[name]?.value;
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  return { ...about, lines, settings, model };
}

/** A setting in words: its value, or its bound. */
export function settingInWords({ value, atLeast, atMost, oneOf, note }: Setting): string {
  const rounded = (seconds: number): string => `${Math.round(seconds * 100) / 100} s`;
  const words =
    oneOf !== undefined
      ? `${oneOf.join(" or ")}`
      : atLeast !== undefined && atMost !== undefined && typeof value === "number"
        ? atMost - atLeast < 0.31 && atLeast > 0
          ? `${rounded(value)} (${rounded(Math.max(0, atLeast))} to ${rounded(atMost)})`
          : `${atLeast <= 0 ? "at most" : `${rounded(atLeast)} to`} ${rounded(atMost)}`
        : atLeast !== undefined
          ? `at least ${rounded(atLeast)}`
          : atMost !== undefined
            ? `at most ${rounded(atMost)}`
            : value === undefined
              ? "not seen"
              : String(value);
  return note ? `${words}; ${note}` : words;
}

/** Every switch, and what was seen of it. */
export function settingsInWords(settings: Settings): readonly (readonly [SettingName, string])[] {
  return names.map((name) => [name, settingInWords(settings[name] ?? {})] as const);
}

/** The report as Markdown. */
export function markdownOf(report: Report): string {
  const verdict = (holds: boolean | undefined): string =>
    holds === undefined ? "seen" : holds ? "holds" : "**fails**";
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const certain = report.lines.filter(({ mark }) => mark === "certain");
  const broken = certain.filter(({ holds }) => holds !== true);
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  return `# tavus-echo conformance: ${report.target}

${report.date}, ${Math.round(report.seconds)} s, ${versions.join(", ")}. ${report.lines.length} points; of ${certain.length} certain facts ${broken.length} do not hold.

| | | point | observed |
|---|---|---|---|
${report.lines.map(({ name, mark, holds, observed }) => `| ${verdict(holds)} | ${mark} | ${cell(name)} | ${cell(observed)} |`).join("\n")}

## The fake room's model of it

| setting | seen |
|---|---|
${settingsInWords(report.settings)
  .map(([name, words]) => `| \`${name}\` | ${cell(words)} |`)
  .join("\n")}

\`\`\`js
createFakeRoom({ model: ${JSON.stringify(report.model)} });
\`\`\`
`;
}
