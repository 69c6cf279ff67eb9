import { type Piece, styled } from "@tetra/cli-kit";
import { type Launch, maskSecret, maskWords } from "@tetra/tsm/launch";

/** A plan for other programs; the environment is left out, but for what its file or options say. */
export function planRecord({
  spec,
  portSource,
  warnings,
}: Launch): Readonly<Record<string, unknown>> {
  const { origin: _origin, environment: _environment, about = {}, ...rest } = spec;
  return { ...rest, ...about, command: shownCommand(spec.command), portSource, warnings };
}

/** A plan for people. */
export function planPage(launch: Launch): readonly (readonly Piece[])[] {
  const { spec, portSource, warnings } = launch;
  const { about = {}, restartPolicy, care = {} } = spec;
  const told = (key: string): string => {
    const value = about[key];
    return typeof value === "string" && value !== "" ? value : "-";
  };
  const rows: readonly (readonly [string, string])[] = [
    ["Command", shownCommand(spec.command)],
    ["Type", told("process_type")],
    ["Interpreter", told("interpreter")],
    ["CWD", spec.cwd],
    ["Port", spec.port === undefined ? "none" : `${spec.port} (from the ${portSource})`],
    ["Env file", told("env_file")],
    ["Prehook", spec.prehook ?? "-"],
    ["Restart", restartPolicy?.restart ?? "no"],
    ...Object.entries(care).map(([key, value]): [string, string] => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  ];
  return [
    [styled(spec.name, "bold")],
    ...rows.map(([label, value]) => ["  ", `${label}:`.padEnd(14), value]),
    ...warnings.map((warning) => [styled(`  ⚠️  ${warning}`, "yellow")]),
  ];
}

function shownCommand(command: string | readonly string[]): string {
  if (typeof command === "string") return maskSecret("", command);
  return maskWords(command)
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}
