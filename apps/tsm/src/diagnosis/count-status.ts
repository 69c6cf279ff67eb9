/** The highest exit status there is. */
const MOST = 255;

/** A count as an exit status: the original's way of telling it; more than fits is the most that does. */
export function asStatus(count: number): number {
  return Math.min(count, MOST);
}
