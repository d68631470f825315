/** An answer that is no success. */
export class Failure {
  /** HTTP status. */
  readonly status: number;
  /** Sent as JSON. */
  readonly body: object;

  constructor(status: number, body: object) {
    this.status = status;
    this.body = body;
  }
}

/** What a 400 of Tavus looks like: `{ error }` [certain, docs.tavus.io/openapi.yaml]. */
export const badRequest = (error: string): Failure => new Failure(400, { error });

/** What a 401 looks like: `{ message }` [certain, same source]. */
export const unauthorized = (): Failure => new Failure(401, { message: "Invalid access token" });
