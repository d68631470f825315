// What `npm run walks` runs in processes of its own, bundled: one answer for each request, in order.
import { defects } from "./defects.js";
import { drawWalk } from "./draw.js";
import { hunt } from "./hunt.js";
import { fails } from "./judge/finding.js";
import { judge } from "./judge/judge.js";
import { runWalk } from "./run.js";
import { shrinkWalk } from "./shrink.js";
import { kindsOf, sizeOf, type Walk } from "./walk.js";

/** What is asked of a worker. */
type Request =
  | { do: "walk"; seed: number; clean: boolean; defect?: string }
  | { do: "shrink"; seed: number; clean: boolean; rule: string; attempts: number; defect?: string }
  | { do: "hunt"; name: string; seed: number; most: number; attempts: number }
  | { do: "names" }
  | { do: "replay"; walk: Walk; defect?: string };

const find = (name: string | undefined) => defects.find((defect) => defect.name === name);

async function answer(request: Request): Promise<object> {
  if (request.do === "names") return { names: defects.map(({ name }) => name) };
  if (request.do === "hunt") return hunt(request.name, request.seed, request.most, request.attempts);
  const defect = find(request.defect);
  if (request.defect !== undefined && !defect) throw new TypeError(`There is no defect "${request.defect}".`);
  if (request.do === "shrink") {
    const { rule, seed } = request;
    const walk = await shrinkWalk(
      seed,
      async (candidate) => judge(await runWalk(candidate, defect)).some((finding) => finding.rule === rule),
      request,
    );
    return walk ? { ...(await play(walk, defect)), seed, rule, walk } : { seed, rule };
  }
  if (request.do === "replay") {
    const record = await runWalk(request.walk, defect);
    const turns = record.turns.map(({ turn, kind, madeAt, settledAt, outcome, mode }) => ({
      id: turn.id,
      kind,
      mode,
      madeAt,
      settledAt,
      outcome: outcome && { ...outcome, ...(outcome.type === "failed" && { error: outcome.error.code }) },
      heard: record.room.filter(({ id }) => id === turn.id).map(({ seconds, outcome: how }) => ({ seconds, how })),
    }));
    const { warnings, errors, states, passed } = record;
    return { findings: judge(record), turns, warnings, errors, states, passed };
  }
  return { seed: request.seed, ...(await play(drawWalk(request.seed, request.clean), defect)) };
}

async function play(walk: Walk, defect: ReturnType<typeof find>): Promise<object> {
  const record = await runWalk(walk, defect);
  const findings = judge(record);
  return {
    findings,
    fails: fails(findings),
    kinds: [...kindsOf(walk)],
    size: sizeOf(walk),
    turns: record.turns.map(({ outcome }) => outcome?.type ?? "pending"),
    seconds: record.endedAt,
  };
}

process.on("message", (request: Request) => {
  answer(request).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ crash: error instanceof Error ? error.stack : String(error), request }),
  );
});
