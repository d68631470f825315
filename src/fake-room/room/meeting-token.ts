import type { FatalErrorType } from "./fatal-error.js";

/** What a meeting token says: Daily's own names, as in the tokens that its SDKs sign themselves [certain, docs.daily.co]. */
interface Claims {
  /** The room's name. */
  readonly r: string;
  /** Unix seconds from which on it is valid; from ever when missing. */
  readonly nbf?: number;
  /** Unix seconds at which it expires; never when missing. */
  readonly exp?: number;
}

/** Seconds that Tavus' tokens live: as long as `participant_absent_timeout`, whose default this is [certain, docs.tavus.io: private rooms]. */
export const defaultTokenSeconds = 300;

/** A token in the shape of Daily's, a JWT, but signed by nobody: the fake rooms take it, Daily does not. */
export function meetingToken(claims: Claims): string {
  return [{ alg: "none", typ: "JWT" }, claims]
    .map((part) => base64Url(JSON.stringify(part)))
    .concat("fake")
    .join(".");
}

/** Why `token` does not open the room of this name at `now` (Unix seconds); undefined when it does. */
export function tokenError(token: unknown, room: string, now: number): FatalErrorType | undefined {
  const claims = typeof token === "string" ? read(token) : undefined;
  if (claims?.r !== room) return "not-allowed";
  if (claims.nbf !== undefined && claims.nbf > now) return "nbf-token";
  return claims.exp !== undefined && claims.exp <= now ? "exp-token" : undefined;
}

function read(token: string): Claims | undefined {
  try {
    const claims: unknown = JSON.parse(atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/")));
    return typeof claims === "object" && claims !== null ? (claims as Claims) : undefined;
  } catch {
    // Not one of these tokens: it opens nothing.
    return undefined;
  }
}

const base64Url = (ascii: string): string => btoa(ascii).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
