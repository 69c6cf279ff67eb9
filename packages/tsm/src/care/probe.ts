/** A question to a service, answered yes or no. */
export type Probe =
  /** Answers with a status from 200 to 399. */
  | { readonly type: "http"; readonly url: string }
  /** Accepts a connection. */
  | { readonly type: "tcp"; readonly host: string; readonly port: number }
  /** Ends with status 0; run in the service's folder, with its environment. */
  | { readonly type: "command"; readonly command: readonly string[] };
