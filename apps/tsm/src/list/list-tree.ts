import { type Piece, styled } from "@tetra/cli-kit";
import type { ServiceRecord } from "../service-record.ts";
import { statusSpan } from "../status-style.ts";

type Line = readonly Piece[];

/** Services below their organisation and group. */
export function listTree(records: readonly ServiceRecord[]): readonly Line[] {
  const lines: Line[] = [];
  for (const [org, members] of groupsBy(records, ({ org: of }) => of)) {
    if (org !== "") lines.push([styled(`${org}/`, "bold")]);
    const below = groupLines(members);
    lines.push(...(org === "" ? below : below.map(indented)));
  }
  return lines;
}

function groupLines(records: readonly ServiceRecord[]): readonly Line[] {
  const lines: Line[] = [];
  for (const [group, members] of groupsBy(records, ({ group: of }) => of)) {
    if (group !== "") lines.push([styled(group, "bold")]);
    const leaves = members.map(leafOf);
    const last = leaves.length - 1;
    lines.push(...(group === "" ? leaves : leaves.map((leaf, at) => branch(leaf, at === last))));
  }
  return lines;
}

function indented(line: Line): Line {
  const space: Line = ["  "];
  return space.concat(line);
}

function branch(line: Line, isLast: boolean): Line {
  const twig: Line = [isLast ? "└─ " : "├─ "];
  return twig.concat(line);
}

function leafOf({ tsm_id: id, name, status, pid, port }: ServiceRecord): Line {
  return [
    name,
    styled(` [${id ?? "-"}] `, "dim"),
    statusSpan(status),
    ...(pid === null ? [] : [` pid ${pid}`]),
    ...(port === null ? [] : [` :${port}`]),
  ];
}

/** By a name, sorted by it; what has none first. */
function groupsBy(
  records: readonly ServiceRecord[],
  nameOf: (record: ServiceRecord) => string | null,
): readonly (readonly [string, readonly ServiceRecord[]])[] {
  const names = [...new Set(records.map((record) => nameOf(record) ?? ""))].toSorted();
  return names.map((name) => [name, records.filter((record) => (nameOf(record) ?? "") === name)]);
}

/** Organisations and groups, with how many of their services run. */
export function listNamespaces(records: readonly ServiceRecord[]): readonly Line[] {
  const named = records.flatMap((record) => [
    ...(record.org === null ? [] : [{ name: `${record.org}/`, record }]),
    ...(record.group === null ? [] : [{ name: record.group, record }]),
  ]);
  const names = [...new Set(named.map(({ name }) => name))].toSorted();
  return names.map((name) => {
    const members = named.filter((each) => each.name === name);
    const running = members.filter(({ record }) => record.pid !== null).length;
    return [`${name}  ${running} of ${members.length} running`];
  });
}
