import { describe, expect, it } from "vitest";
import { serviceRecord } from "../../test/a-service-record.ts";
import {
  type Dashboard,
  EMPTY_DASHBOARD,
  type Key,
  press,
  selectedService,
  withLines,
  withServices,
} from "./dashboard.ts";

const THREE = withServices(EMPTY_DASHBOARD, [
  serviceRecord("api"),
  serviceRecord("db"),
  serviceRecord("web"),
]);

function key(name: string, changes: Partial<Key> = {}): Key {
  return { name, text: name.length === 1 ? name : undefined, ctrl: false, ...changes };
}

function typed(dashboard: Dashboard, ...names: readonly string[]): Dashboard {
  return names.reduce((now, name) => press(now, key(name)).dashboard, dashboard);
}

describe("selecting", () => {
  it("begins with the first service, and stays within the list", () => {
    expect(THREE.selected).toBe("api");
    expect(typed(THREE, "up").selected).toBe("api");
    expect(typed(THREE, "down", "down", "down").selected).toBe("web");
    expect(typed(THREE, "end", "k").selected).toBe("db");
    expect(typed(THREE, "end", "home").selected).toBe("api");
  });

  it("stays on a service while others come and go, and goes on when it is deleted", () => {
    const onDb = typed(THREE, "j");

    expect(withServices(onDb, [serviceRecord("aaa"), serviceRecord("db")]).selected).toBe("db");
    expect(withServices(onDb, [serviceRecord("web")]).selected).toBe("web");
    expect(withServices(onDb, []).selected).toBeUndefined();
  });

  it("forgets the lines of the service before", () => {
    expect(typed(withLines(THREE, ["a line"]), "down").lines).toEqual([]);
    expect(typed(withLines(THREE, ["a line"]), "up").lines).toEqual(["a line"]);
  });
});

describe("acting", () => {
  it("stops what runs and starts what does not", () => {
    const down = withServices(EMPTY_DASHBOARD, [
      serviceRecord("api", { status: "crashed", pid: null }),
    ]);

    expect(press(THREE, key("s")).act).toBe("stop");
    expect(press(down, key("s")).act).toBe("start");
    expect(press(THREE, key("r")).act).toBe("restart");
  });

  it("deletes only after a yes", () => {
    const asked = typed(THREE, "d");

    expect(asked.mode).toBe("confirm-delete");
    expect(press(asked, key("y")).act).toBe("delete");
    expect(press(asked, key("return"))).toEqual({ dashboard: { ...asked, mode: "browse" } });
  });

  it("does nothing where there is no service", () => {
    expect(["s", "r", "d"].map((name) => press(EMPTY_DASHBOARD, key(name)))).toEqual(
      Array.from({ length: 3 }, () => ({ dashboard: EMPTY_DASHBOARD })),
    );
  });

  it.each(["browse", "filter", "confirm-delete", "help"] as const)(
    "ends with Ctrl-C in mode %s",
    (mode) => {
      expect(press({ ...THREE, mode }, key("c", { ctrl: true })).act).toBe("quit");
    },
  );
});

describe("filtering", () => {
  it("narrows with each letter, also those that are keys elsewhere", () => {
    const narrowed = typed(THREE, "/", "d");

    expect(narrowed.mode).toBe("filter");
    expect(selectedService(narrowed)?.name).toBe("db");
    expect(selectedService(typed(narrowed, "q"))).toBeUndefined();
    expect(selectedService(typed(narrowed, "q", "backspace"))?.name).toBe("db");
  });

  it("keeps the filter at Enter and clears it at Escape", () => {
    expect(typed(THREE, "/", "w", "return")).toMatchObject({ mode: "browse", filter: "w" });
    expect(typed(THREE, "/", "w", "escape")).toMatchObject({ mode: "browse", filter: "" });
  });
});

it("remembers two minutes of samples, and only of what is there", () => {
  let now = THREE;
  for (let at = 0; at < 200; at += 1) now = withServices(now, [serviceRecord("api", { cpu: at })]);

  expect([...now.recent.keys()]).toEqual(["api"]);
  expect(now.recent.get("api")?.cpu).toHaveLength(120);
  expect(now.recent.get("api")?.cpu.at(-1)).toBe(199);
});
