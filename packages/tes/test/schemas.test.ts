import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { tetraTomlJsonSchema } from "../src/sources/tetra-toml-schema.ts";
import { topologyJsonSchema } from "../src/topology.ts";

// To write one anew, after a build:
//   node -e 'import("./dist/topology.js").then((m) => console.log(JSON.stringify(m.topologyJsonSchema())))' \
//     >schemas/topology.schema.json && npx oxfmt schemas
it.each([
  ["topology.schema.json", topologyJsonSchema],
  ["tetra-toml.schema.json", tetraTomlJsonSchema],
])("publishes %s as the code checks", (file, schema) => {
  const published: unknown = JSON.parse(
    readFileSync(new URL(`../schemas/${file}`, import.meta.url), "utf8"),
  );

  expect(published).toEqual(schema());
});
