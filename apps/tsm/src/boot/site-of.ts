import type { Arguments } from "@tetra/cli-kit";
import { usageError } from "@tetra/cli-kit";
import type { Services } from "@tetra/tsm";
import { findGroup, type Site } from "@tetra/tsm/instances";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { App } from "../app.ts";
import { selectedServices } from "../selected-services.ts";

/** The groups, and services alone, that words mean; each once. */
export function selectedGroups(services: Services, words: readonly string[]): readonly string[] {
  const names = selectedServices(services, words);
  return [...new Set(names.map((name) => findGroup(services, name).name))];
}

/**
 * The sites that were asked for: of each group under its own domain, or of one under `--domain`.
 * @throws TetraError `USAGE`, `SERVICE_NOT_FOUND`, `AMBIGUOUS_SERVICE`
 */
export function sitesOf(app: App, args: Arguments, services: Services): readonly Site[] {
  const groups = selectedGroups(services, args.rest(0));
  const domain = args.value("domain") ?? app.env["DOMAIN_NAME"];
  if (groups.length > 1 && domain !== undefined) {
    throw usageError(
      `one domain, ${domain}, for ${groups.length} services`,
      "name one service, or leave out --domain and DOMAIN_NAME: each gets <name>.localhost",
    );
  }
  const path = args.value("template");
  const template = path === undefined ? undefined : textOf(resolve(app.cwd(), path));
  return groups.map((name) => ({
    name,
    domain: domain ?? `${name.replace(/[^A-Za-z0-9-]/g, "-")}.localhost`,
    listen: args.value("listen") ?? "80",
    template,
  }));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usageError(`--template: ${why}`, "look at the path");
  }
}
