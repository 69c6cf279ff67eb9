import type { Sourced } from "../origin.ts";

/** How an endpoint is reached. */
export const ENDPOINT_TYPES = ["local", "ssh", "docker", "podman", "kubectl"] as const;

/** How an endpoint is reached. */
export type EndpointType = (typeof ENDPOINT_TYPES)[number];

/**
 * What may be changed there: `allowed` everything, `confirm` nothing before somebody confirms,
 * `refused` nothing.
 */
export const WRITE_RIGHTS = ["allowed", "confirm", "refused"] as const;

/** What may be changed in an environment. */
export type WriteRights = (typeof WRITE_RIGHTS)[number];

/** What an endpoint can be described with. */
export interface EndpointValues {
  readonly type: EndpointType;
  /** IP address or name, without brackets. */
  readonly host: string;
  /** Who acts there. */
  readonly workUser: string;
  /** Who logs in. */
  readonly authUser: string;
  /** The private key to log in with; `~/` is the home of whoever runs this. */
  readonly identityFile: string;
  readonly port: number;
  /** `user@host:port`, several with commas between: `ssh -J`. */
  readonly jump: string;
  /** docker and podman: the container; kubectl: the container in the pod. */
  readonly container: string;
  /** kubectl: the pod, or `deployment/name`. */
  readonly pod: string;
  /** kubectl: the namespace. */
  readonly namespace: string;
  /** kubectl and docker: the context of the program's own configuration. */
  readonly context: string;
  /** `false`: the environment says that it cannot be reached by ssh. */
  readonly sshEnabled: boolean;
  readonly description: string;
  /** Which network the environment is in; free text. */
  readonly network: string;
  readonly write: WriteRights;
  /** Whether what is done there must be recorded in a transaction. */
  readonly audit: boolean;
}

/** What one source, or all together, say about an endpoint. */
export type EndpointFields = {
  readonly [Key in keyof EndpointValues]?: Sourced<EndpointValues[Key]>;
};
