// Callers of one shell take turns: a token lies in a pipe, whoever reads it has the turn, and puts it back
// once it has read its answer. The kernel gives it to one reader only; what it does not do is give it back
// for somebody who was killed. So when a shell falls silent the helper looks where the token is.
//
// T1. There is at most one token, counting the one in somebody's hand. A new one is made only when the old
//     one's holder is dead, or says itself that it has left its call behind, or cannot be holding it.
// T2. A token that was replaced is worth nothing: what comes with it is not carried out.

/** Who had the turn last, as far as the helper can know. */
export interface Turn {
  /** Process id of who called last, or started the helper having the turn. */
  readonly caller: number | undefined;
  /** `answered`: it may have put the token back, and somebody else taken it who has not asked yet. */
  readonly call: "expected" | "underWay" | "answered";
}

/** A process as it is found. */
export type ProcessLook = "dead" | "running" | "stopped";

/** What one looks at in the silence. */
export interface Silence {
  /** How long nobody has asked for anything. */
  readonly quietMs: number;
  readonly look: (pid: number) => ProcessLook;
  /** Throws away what was answered and not read. @returns whether there was anything. */
  readonly dropAnswers: () => boolean;
  /** Whether the token lies in its pipe. */
  readonly isLaid: () => boolean;
}

/** Reading an answer, or putting a request together, takes a shell far less. */
const LONG_MS = 5000;

/** When to look in a silence, at first and from then on. */
export const LOOKS: { readonly firstMs: number; readonly nextMs: number } = {
  firstMs: 100,
  nextMs: 1000,
};

/**
 * Judges where the token is while nobody asks.
 * @returns `free` in its pipe, `held` or not to be known yet, `lost` with its holder.
 */
export function judge(turn: Turn, silence: Silence): "free" | "held" | "lost" {
  if (turn.call === "underWay") return "held";
  const { caller } = turn;
  const found = caller === undefined ? "dead" : silence.look(caller);
  if (found === "dead") {
    // it never asked, or it left something unread: it died with the token
    if (turn.call === "expected" && caller !== undefined) return "lost";
    if (silence.dropAnswers()) return "lost";
  }
  if (silence.isLaid()) return "free";
  return found === "stopped" || silence.quietMs < LONG_MS ? "held" : "lost";
}

const TOKENS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Another token than that one; where none is known, one that a number chooses. */
export function tokenAfter(token: string, number: number): string {
  const at = token === "" ? number : TOKENS.indexOf(token) + 1;
  return TOKENS.charAt(at % TOKENS.length);
}
