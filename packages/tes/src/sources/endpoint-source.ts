import type { EndpointFields } from "./endpoint-fields.ts";
import type { SourceName } from "../origin.ts";

/** One place where endpoints are described: a file, the flags, or what is built in. */
export interface EndpointSource {
  readonly name: SourceName;
  /** The file, as it is named in messages. */
  readonly file?: string;
  /** Every symbol it describes, each once. */
  readonly symbols: readonly string[];
  /** What it says about a symbol. */
  readonly fields: (symbol: string) => EndpointFields | undefined;
}
