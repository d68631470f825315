/** A page in one engine, as far as the measurements need it. */
export interface EnginePage {
  /** Name and version of the engine. */
  readonly version: string;
  goto(url: string): Promise<void>;
  /** Runs the body of an async function in the page and gives what it returns, through JSON. */
  run(body: string): Promise<unknown>;
  close(): Promise<void>;
}
