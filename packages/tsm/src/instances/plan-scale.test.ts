import fc from "fast-check";
import { expect, it } from "vitest";
import type { Instance, InstanceGroup } from "./instance-group.ts";
import { planScale } from "./plan-scale.ts";

const instance = (number: number, port: number | undefined, name: string): Instance => ({
  name,
  instance: number,
  port,
  isUp: true,
  isWanted: true,
});
const groupOf = (name: string, instances: readonly Instance[]): InstanceGroup => ({
  name,
  instances,
  standIn: undefined,
});

it("adds with the next ports, and names as the others have", () => {
  const { add } = planScale(groupOf("api", [instance(0, 3000, "api-3000")]), 3);

  expect(add).toEqual([
    { name: "api-3001", instance: 1, port: 3001 },
    { name: "api-3002", instance: 2, port: 3002 },
  ]);
});

it("adds workers without ports by their number", () => {
  const { add } = planScale(groupOf("mailer", [instance(0, undefined, "mailer")]), 2);

  expect(add).toEqual([{ name: "mailer-1", instance: 1, port: undefined }]);
});

it("removes the last first", () => {
  const three = [0, 1, 2].map((number) => instance(number, 3000 + number, `api-${3000 + number}`));

  expect(planScale(groupOf("api", three), 1).remove.map(({ name }) => name)).toEqual([
    "api-3002",
    "api-3001",
  ]);
});

it("afterwards there are so many, none twice, and scaling to the same number does nothing", () => {
  const numbers = fc.uniqueArray(fc.nat(8), { minLength: 1 });
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 10 }), (given, count) => {
      const before = given.map((number) => instance(number, 3000 + number, `api-${3000 + number}`));
      const { add, remove } = planScale(groupOf("api", before), count);
      const added = add.map((one) => instance(one.instance, one.port, one.name));
      const after = [...before.filter((one) => !remove.includes(one)), ...added];

      expect(new Set(after.map(({ name }) => name)).size).toBe(count);
      expect(after.every((one) => one.port === 3000 + one.instance)).toBe(true);
      expect(planScale(groupOf("api", after), count)).toEqual({ add: [], remove: [] });
    }),
  );
});
