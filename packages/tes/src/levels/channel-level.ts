import { atHost } from "../host.ts";
import type { Sourced } from "../origin.ts";
import type { SshConfig } from "../sources/ssh-config.ts";
import type { AddressLevel } from "./address-level.ts";
import { unresolved } from "./unresolved.ts";

/** Level 2: who acts where. */
export interface ChannelLevel {
  readonly level: "channel";
  /** `app@203.0.113.10`; the host alone when nobody says who. */
  readonly text: string;
  readonly address: AddressLevel;
  /** Who acts. From an ssh configuration it is for explanations only: ssh itself will read it there. */
  readonly workUser?: Sourced<string>;
}

/** @throws TetraError `UNRESOLVED` when it is said who logs in, but not who acts. */
export function toChannel(
  address: AddressLevel,
  sshConfig: SshConfig,
  self: string | undefined,
): ChannelLevel {
  const { fields } = address.symbol.known;
  if (fields.authUser !== undefined && fields.workUser === undefined) {
    const { text, symbol } = address.symbol;
    throw unresolved(text, "channel", {
      reason: `${fields.authUser.value} logs in, but nobody says who acts`,
      hint: `add a work user: the original would have taken "${symbol.name}"`,
    });
  }
  const workUser = fields.workUser ?? impliedUser(address, sshConfig, self);
  const text = atHost(workUser?.value, address.text);
  return { level: "channel", text, address, ...(workUser && { workUser }) };
}

function impliedUser(
  { type, host }: AddressLevel,
  config: SshConfig,
  self: string | undefined,
): Sourced<string> | undefined {
  if (type === "ssh") return config.lookup(host.value, "user");
  if (type !== "local" || self === undefined) return undefined;
  return { value: self, origin: { source: "built-in", key: "whoever runs this" } };
}
