import { layoutOf, type ServiceEnvironment, servicePaths } from "@tetra/tsm";
import { readFileSync } from "node:fs";

/** The environment that a service was started with; `undefined`: none was kept, or none can be read. */
export function keptEnvironment(folder: string, name: string): ServiceEnvironment | undefined {
  const { environment } = servicePaths(layoutOf(folder), name);
  try {
    const read: unknown = JSON.parse(readFileSync(environment, "utf8"));
    return isEnvironment(read) ? read : undefined;
  } catch {
    return undefined; // whatever the reason, there is none to show
  }
}

function isEnvironment(value: unknown): value is ServiceEnvironment {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((each) => typeof each === "string")
  );
}
