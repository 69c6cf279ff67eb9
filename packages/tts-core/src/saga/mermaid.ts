import { oneLine } from "./data-text.ts";
import type { PlanStep, SagaPlan, WayBack } from "./plan.ts";

/**
 * A plan as a Mermaid flowchart: the way forward in full lines, the way back dashed, groups framed, the
 * pivot as a hexagon with a thick border.
 */
export function mermaidOf(plan: SagaPlan): string {
  const chart: Chart = { ids: new Map(), lines: [] };
  const drawings = plan.steps.map((step) => drawn(step, chart, "  "));
  const { first, last } = inARow(drawings, chart, FORWARD);
  const { lines } = chart;
  const start = `  start([${label(plan.name)}])`;
  lines.unshift("flowchart TD", start, '  done(["done"])');
  linked(chart, ["start"], first, FORWARD);
  linked(chart, last, ["done"], FORWARD);
  undone(plan, chart);
  lines.push("  classDef pivot stroke-width:4px", "  classDef undo stroke-dasharray:4 4");
  return `${lines.join("\n")}\n`;
}

interface Chart {
  /** Ids of nodes by path. Names could be words of Mermaid's own, so they are numbered. */
  readonly ids: Map<string, string>;
  readonly lines: string[];
}

/** Where arrows come in, and where they go out. */
interface Ends {
  readonly first: readonly string[];
  readonly last: readonly string[];
}

const FORWARD = "-->";
const BACKWARD = "-.->";

function inARow(ends: readonly Ends[], chart: Chart, arrow: string): Ends {
  for (const [index, { first }] of ends.entries()) {
    linked(chart, ends[index - 1]?.last ?? [], first, arrow);
  }
  return { first: ends[0]?.first ?? [], last: ends.at(-1)?.last ?? [] };
}

function besides(ends: readonly Ends[]): Ends {
  return { first: ends.flatMap((it) => it.first), last: ends.flatMap((it) => it.last) };
}

function drawn(step: PlanStep, chart: Chart, indent: string): Ends {
  const id = `s${chart.ids.size + 1}`;
  chart.ids.set(step.path, id);
  const { lines } = chart;
  if (step.steps.length > 0) {
    lines.push(`${indent}subgraph ${id}[${label(step.name, step.does)}]`);
    const ends = step.steps.map((inner) => drawn(inner, chart, `${indent}  `));
    lines.push(`${indent}end`);
    return step.type === "parallel" ? besides(ends) : inARow(ends, chart, FORWARD);
  }
  const [open, close] = step.pivot ? ["{{", "}}:::pivot"] : (SHAPES[step.type] ?? ["[", "]"]);
  lines.push(`${indent}${id}${open}${label(step.name, step.does)}${close}`);
  return { first: [id], last: [id] };
}

/** Waits have other shapes than what does something. */
const SHAPES: Readonly<Partial<Record<PlanStep["type"], readonly [string, string]>>> = {
  approval: ["{", "}"],
  signal: [">", "]"],
  sleep: ["(", ")"],
};

function linked(
  { lines }: Chart,
  from: readonly string[],
  to: readonly string[],
  arrow: string,
): void {
  if (from.length > 0 && to.length > 0) {
    lines.push(`  ${from.join(" & ")} ${arrow} ${to.join(" & ")}`);
  }
}

/** What undoes each step, and the order of it. */
function undone({ steps, undoes }: SagaPlan, chart: Chart): void {
  const { ids, lines } = chart;
  for (const step of withUndo(steps)) {
    const id = ids.get(step.path) ?? "";
    lines.push(`  u${id}[${label(step.undo ?? "")}]:::undo`, `  ${id} -.- u${id}`);
  }
  if (undoes.length === 0) return;
  lines.push('  undone(["undone"])');
  linked(chart, back(undoes, chart).last, ["undone"], BACKWARD);
}

function back(order: WayBack, chart: Chart): Ends {
  const ends = order.map((item): Ends => {
    if (typeof item !== "string") return besides(item.together.map((it) => back(it, chart)));
    const id = `u${chart.ids.get(item) ?? ""}`;
    return { first: [id], last: [id] };
  });
  return inARow(ends, chart, BACKWARD);
}

function withUndo(steps: readonly PlanStep[]): readonly PlanStep[] {
  return steps.flatMap((step) => [
    ...(step.undo === undefined ? [] : [step]),
    ...withUndo(step.steps),
  ]);
}

/** Text in quotes. Whatever is no letter, digit, space or harmless sign is written as its number. */
function label(...lines: readonly string[]): string {
  const safe = lines.map((line) =>
    oneLine(line, 60).replaceAll(
      /[^\p{L}\p{N} ,.:/_-]/gu,
      (character) => `#${character.codePointAt(0) ?? 63};`,
    ),
  );
  return `"${safe.join("<br>")}"`;
}
