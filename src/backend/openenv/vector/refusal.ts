import type { JsonReply } from '../server/services.ts';

/** One reason for a refusal, in the form that validation errors have. */
export interface RefusalDetail {
  /** Machine name, e.g. `env_id_unknown`. */
  readonly type: string;
  /** Where in the request, e.g. `["body", "items", 3, "env_id"]`. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
}

/** Why a request is not carried out; a value, never thrown. */
export class Refusal {
  readonly status: number;
  readonly detail: readonly RefusalDetail[] | string;

  constructor(status: number, detail: readonly RefusalDetail[] | string) {
    this.status = status;
    this.detail = detail;
  }

  reply(): JsonReply {
    return { status: this.status, json: JSON.stringify({ detail: this.detail }) };
  }
}
