import { expect, it, vi } from "vitest";
import { supervised } from "./complaints/supervised.ts";

vi.setConfig({ testTimeout: 60_000 });

it("list --watch shows what happens when it happens where a daemon tells, long before its interval", async () => {
  const box = supervised();
  await box.ok("start", "--port", "none", "--name", "one", "sleep", "60");
  await box.startDaemon();
  const watching = box.start("list", "all", "--watch", "--interval", "10m", "--json");
  const lines = watching.iterable({ from: "stdout" })[Symbol.asyncIterator]();
  const namesShown = async (): Promise<readonly string[]> => {
    const { value } = await lines.next();
    const { services } = Object(JSON.parse(String(value)));
    return services.map(({ name }: { name: string }) => name.replace(/-\d+$/, ""));
  };

  expect(await namesShown()).toEqual(["one"]);
  await box.ok("start", "--port", "none", "--name", "two", "sleep", "60");
  let shown = await namesShown();
  while (shown.length < 2) shown = await namesShown();
  expect(shown).toEqual(["one", "two"]);

  watching.kill("SIGINT");
  await watching;
});
