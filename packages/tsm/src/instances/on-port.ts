import type { Probe } from "../care/probe.ts";
import type { ServiceSpec } from "../run/service-spec.ts";

/** The same service on another port: in its variables, and where command and probe name the old one. */
export function onPort(spec: ServiceSpec, port: number): ServiceSpec {
  const { command, environment, care, port: before } = spec;
  const moved = (text: string): string =>
    before === undefined ? text : withPort(text, before, port);
  const ofTetra = environment["TETRA_PORT"] === undefined ? {} : { TETRA_PORT: String(port) };
  const ready = care?.ready;
  return {
    ...spec,
    port,
    command: typeof command === "string" ? moved(command) : command.map(moved),
    environment: { ...environment, ...ofTetra, PORT: String(port) },
    ...(ready === undefined
      ? {}
      : { care: { ...care, ready: probeOn(ready, moved, { before, port }) } }),
  };
}

/** Text with one number instead of another, where that stands alone: not in longer numbers, versions, words. */
function withPort(text: string, before: number, port: number): string {
  return text.replace(
    new RegExp(
      String.raw`(?<![\p{L}\p{N}._])${before}(?![\p{L}\p{N}_]|\.\d)|(?<=^-p)${before}$`,
      "gu",
    ),
    String(port),
  );
}

function probeOn(
  probe: Probe,
  moved: (text: string) => string,
  { before, port }: { readonly before: number | undefined; readonly port: number },
): Probe {
  switch (probe.type) {
    case "http":
      return { ...probe, url: moved(probe.url) };
    case "tcp":
      return probe.port === before ? { ...probe, port } : probe;
    case "command":
      return { ...probe, command: probe.command.map(moved) };
  }
}
