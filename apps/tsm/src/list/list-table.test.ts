import { displayWidth, type Piece } from "@tetra/cli-kit";
import { expect, it } from "vitest";
import { serviceRecord } from "../../test/a-service-record.ts";
import { listTable } from "./list-table.ts";

const SERVICES = [
  serviceRecord("api-8080", { env_file: "/srv/env/local.env" }),
  serviceRecord("a-name-that-goes-on-and-on-and-on-8081", { tsm_id: 12, status: "backing off" }),
];

function text(lines: readonly (readonly Piece[])[]): readonly string[] {
  return lines.map((line) =>
    line.map((piece) => (typeof piece === "string" ? piece : piece.text)).join(""),
  );
}

it("shows all columns where there is room, and marks what has no service file", () => {
  const lines = listTable(SERVICES, {
    columns: undefined,
    isDefined: (name) => name === "api-8080",
  });

  expect(text(lines)).toEqual([
    "ID  Name                                      Env        PID   Port  Status       Uptime  Restarts  CPU  Memory",
    "3   api-8080                                  local.env  4711  8080  online       2h      1         12%  50 MB",
    "12  a-name-that-goes-on-and-on-and-on-8081 ~  -          4711  8080  backing off  2h      1         12%  50 MB",
  ]);
});

it("cuts names where there is little room", () => {
  const lines = text(listTable(SERVICES, { columns: 90, isDefined: () => true }));

  expect(lines[2]).toContain("...  -");
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(90);
});

it("is compact below sixty columns", () => {
  const [heading, first] = text(listTable(SERVICES, { columns: 59, isDefined: () => true }));

  expect(heading?.split(/ +/)).toEqual(["ID", "NAME", "ENV", "PID", "PORT", "STATUS"]);
  expect(first).toMatch(/^3 +api-8080 +local\.env +4711 +8080 +online$/);
  expect(text(listTable(SERVICES, { columns: 60, isDefined: () => true }))[0]).toContain("Name");
});

it("colours the status", () => {
  const [, first = []] = listTable(SERVICES, { columns: undefined, isDefined: () => true });

  expect(first).toContainEqual({ text: "online", styles: ["green"] });
});
