import { isTetraError, TetraError } from "@tetra/errors";
import { expect, it } from "vitest";
import type { SagaDefinition } from "./definition.ts";
import { sagaSecrets } from "./saga-secrets.ts";

const DEFINITION: SagaDefinition = {
  name: "rotate",
  steps: [
    { type: "step", name: "old", action: "a", data: { key: { $secret: "env:OLD" } } },
    {
      type: "step",
      name: "new",
      action: "b",
      data: { key: { $secret: "env:NEW" } },
      compensate: { action: "c", data: { $secret: "env:GONE" } },
    },
  ],
};

const values: Readonly<Record<string, string>> = { "env:OLD": "old-value", "env:NEW": "new-value" };
const reader = {
  read: async (reference: string) => {
    const value = values[reference];
    if (value === undefined) throw new TetraError("SECRET_MISSING", `${reference}: not set`);
    return value;
  },
};

it("gives a call the secrets that its data refer to, and no others", async () => {
  const secrets = sagaSecrets(reader);
  const read = await secrets.read(DEFINITION, { key: { $secret: "env:NEW" } });
  expect([...read]).toEqual([["env:NEW", "new-value"]]);
});

it("masks every secret of the saga, also of steps that another runner has called", async () => {
  const secrets = sagaSecrets(reader);
  await secrets.read(DEFINITION, { key: { $secret: "env:NEW" } });
  expect(secrets.masks().text("had old-value, has new-value")).toBe("had ***, has ***");
});

it("refuses only the call that needs what is missing", async () => {
  const secrets = sagaSecrets(reader);
  await expect(secrets.read(DEFINITION, { $secret: "env:GONE" })).rejects.toSatisfy((error) =>
    isTetraError(error, "SECRET_MISSING"),
  );
  expect(await secrets.read(DEFINITION, "no secret")).toEqual(new Map());
});
