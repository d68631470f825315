import { parseArgs } from "node:util";

/** What `npx tavus-echo conformance` was asked to do. */
export interface Command {
  /** Do not ask whether the cost is all right. */
  yes: boolean;
  /** The fake room and the fake API instead of Tavus: no account, no cost. */
  fake: boolean;
  /** With `fake`: in Node and in virtual time, without a browser. */
  virtual: boolean;
  /** End what an earlier run left, and do nothing else. */
  end: boolean;
  /** Print the page's address instead of starting a browser. */
  open: boolean;
  /** The browser's program. */
  browser: string | undefined;
  /** In one of Tavus' two vocabularies. */
  ids: { replicaId?: string; personaId?: string } | { faceId?: string; palId?: string };
  baseUrl: string | undefined;
  apiKey: string | undefined;
  /** Folder of the report. */
  out: string;
  /** With `fake`: the room's model. */
  model: object;
}

/** What the command line says that cannot be done. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The help text. */
export const usage = `npx tavus-echo conformance [options]

Asks the real Tavus service how echo mode behaves, and writes a report. Needs Node, a browser, and in the environment
TAVUS_API_KEY and TAVUS_REPLICA_ID (or TAVUS_FACE_ID); TAVUS_PERSONA_ID (or TAVUS_PAL_ID) names an echo persona.

  --yes             do not ask before it costs
  --fake            the fake room and the fake API: no account, no cost
  --virtual         with --fake: in virtual time and without a browser, in seconds
  --model JSON      with --fake: the fake room's model
  --end             end what an earlier run left running, and nothing else
  --open            print the page's address; open it in a browser yourself
  --browser FILE    the browser to start; default: an installed Chromium, Chrome or Edge
  --replica ID, --persona ID, --face ID, --pal ID
  --out FOLDER      where the report goes; default: here
  --base-url URL    another address of the API
`;

/** Reads arguments and environment. Throws a {@link UsageError} that names the remedy. */
export function readCommand(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Command {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...{ yes: flag, fake: flag, virtual: flag, end: flag, open: flag, help: flag },
        ...{ browser: text, replica: text, persona: text, face: text, pal: text, out: text, model: text },
        "base-url": text,
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
  const { values, positionals } = parsed;
  if (values.help || positionals.length !== 1 || positionals[0] !== "conformance") throw new UsageError(usage);
  const of = (name: string): string | undefined => (values[name] as string | undefined) || undefined;
  if (values.virtual && !values.fake) throw new UsageError("--virtual goes with --fake: Tavus has no virtual time.");
  if (values.model && !values.fake)
    throw new UsageError("--model goes with --fake: Tavus' model is what is asked for.");
  return {
    yes: values.yes === true,
    fake: values.fake === true,
    virtual: values.virtual === true,
    end: values.end === true,
    open: values.open === true,
    browser: of("browser"),
    ids: idsOf(of, env),
    baseUrl: of("base-url"),
    apiKey: env.TAVUS_API_KEY,
    out: of("out") ?? ".",
    model: modelOf(of("model")),
  };
}

function idsOf(of: (name: string) => string | undefined, env: Readonly<Record<string, string | undefined>>) {
  const older = {
    ...given("replicaId", of("replica") ?? env.TAVUS_REPLICA_ID),
    ...given("personaId", of("persona") ?? env.TAVUS_PERSONA_ID),
  };
  const newer = {
    ...given("faceId", of("face") ?? env.TAVUS_FACE_ID),
    ...given("palId", of("pal") ?? env.TAVUS_PAL_ID),
  };
  if (Object.keys(older).length > 0 && Object.keys(newer).length > 0)
    throw new UsageError("Give a replica and a persona, or a face and a PAL: not of both vocabularies.");
  return Object.keys(newer).length > 0 ? newer : older;
}

const given = (name: string, value: string | undefined): Record<string, string> => (value ? { [name]: value } : {});

function modelOf(text: string | undefined): object {
  if (text === undefined) return {};
  try {
    const model: unknown = JSON.parse(text);
    if (typeof model === "object" && model !== null) return model;
  } catch {
    // Told below.
  }
  throw new UsageError(`--model takes a JSON object such as '{"ids":"kept"}'.`);
}
