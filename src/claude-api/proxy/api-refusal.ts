import type { Refusal } from '../claude-api-events';
import type { OwnAnswer } from '../listener/answers';

/** A request gets an answer of this server. */
export class ApiRefusal extends Error {
  constructor(
    readonly answer: OwnAnswer,
    /** Absent: the request itself is wrong, or the API is. */
    readonly refused?: Refusal,
  ) {
    super(answer.message);
  }
}
