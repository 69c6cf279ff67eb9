import { type Span, type Style, styled } from "@tetra/cli-kit";
import type { ListedStatus } from "./service-record.ts";

const STYLES: Readonly<Record<ListedStatus, readonly Style[]>> = {
  online: ["green"],
  starting: ["yellow"],
  stopping: ["yellow"],
  "backing off": ["yellow"],
  stopped: ["dim"],
  crashed: ["red"],
  "given up": ["red"],
  broken: ["red"],
  available: ["dim"],
};

/** A status, coloured where colour is wanted. */
export function statusSpan(status: ListedStatus, text: string = status): Span {
  return styled(text, ...STYLES[status]);
}
