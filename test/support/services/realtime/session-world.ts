import type { ModelScript } from "../answer.js";
import type { ServiceClock } from "../service-clock.js";
import type { Check } from "../shape.js";
import type { Spoken } from "../spoken.js";
import type { Dialect } from "./dialect.js";

/** What a session needs of its server. */
export interface SessionWorld {
  clock: ServiceClock;
  dialect: Dialect;
  script: ModelScript;
  events: Readonly<Record<string, Check>>;
  /** Everything said, over all connections. */
  spoken: Spoken[];
  /** A number that no other id of the server has. */
  serial(): number;
}
