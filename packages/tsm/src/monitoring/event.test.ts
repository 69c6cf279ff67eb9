import fc from "fast-check";
import { expect, it } from "vitest";
import { type EventOrigin, MOST_DATA, parseEvent, tokenOf } from "./event.ts";

const ORIGIN: EventOrigin = {
  service: "web",
  stream: "out",
  offset: 0,
  atMs: 1_000,
  precisionMs: 50,
};

const parse = (text: string): ReturnType<typeof parseEvent> => parseEvent(text, ORIGIN);

it("reads category, event and what stands behind", () => {
  const event = parse('TETRA:CLICK:BUTTON user=ada session-id=7 target="save all"');

  expect(event).toMatchObject({ ...ORIGIN, category: "CLICK", event: "BUTTON" });
  expect(event?.data).toBe('user=ada session-id=7 target="save all"');
  expect(Object.fromEntries(event?.fields ?? [])).toEqual({
    user: "ada",
    sessionid: "7",
    target: "save all",
  });
});

it("finds the token behind what loggers put in front", () => {
  expect(parse("2026-01-31T09:30:00Z [info] TETRA:page:view:/cart")).toMatchObject({
    category: "PAGE",
    event: "VIEW",
    data: "/cart",
  });
});

it("reads JSON by its token or by category and event, with fields of its data", () => {
  const said = { category: "REQUEST", event: "START" };

  expect(parse('{"token":"TETRA:REQUEST:START","id":7}')).toMatchObject(said);
  expect(parse('{"type":"TETRA:REQUEST:START"}')).toMatchObject(said);
  const event = parse(
    '{"category":"request","event":"start","data":{"request_id":"r1","ok":true}}',
  );
  expect(event).toMatchObject(said);
  expect(event?.fields.get("requestid")).toBe("r1");
  expect(event?.fields.get("ok")).toBe("true");
});

it("believes the time that the service wrote more than that of the log", () => {
  const at = Date.parse("2026-01-31T09:30:00.250Z");

  expect(parse("TETRA:A:B ts=2026-01-31T09:30:00.250Z")).toMatchObject({
    atMs: at,
    precisionMs: 0,
  });
  expect(parse(`TETRA:A:B ts_ms=${at}`)?.atMs).toBe(at);
  expect(parse(`TETRA:A:B timestamp=${at / 1000}`)?.atMs).toBe(at);
  expect(parse("TETRA:A:B ts=tomorrow")).toMatchObject({ atMs: 1_000, precisionMs: 50 });
  expect(parse("TETRA:A:B ts=9999999999999999")?.atMs).toBe(1_000);
});

it.each([
  "hello",
  "NOTTETRA:A:B",
  "TETRA:A",
  "TETRA::B",
  "TETRA:1:2",
  '{"category":"A"}',
  '{"category":"A","event":"b c"}',
  '{"event":"TETRA:A:B and more"}',
  "{",
  "[]",
  `{"category":"A","event":"B","data":${"[".repeat(100_000)}`,
])("takes %j for no event", (text) => {
  expect(parse(text.slice(0, 200_000))).toBeUndefined();
});

it("is total, and keeps tokens and data within bounds, whatever a service prints", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "binary" }).map((text) => `TETRA:A:B ${text}`),
    fc.json().map((text) => `{"category":"A","event":"B","data":${text}}`),
    fc.json(),
    fc.stringMatching(/^ ?TETRA:[\w:. -]{0,200}$/),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      const event = parse(text);
      const token = event === undefined ? "TETRA:A:B" : tokenOf(event);

      expect(token).toMatch(/^TETRA:[A-Z][\w.-]{0,31}:[A-Z][\w.-]{0,63}$/);
      expect(event?.data.length ?? 0).toBeLessThanOrEqual(MOST_DATA);
      expect(Number.isNaN(new Date(event?.atMs ?? 0).getTime())).toBe(false);
    }),
  );
});

it("takes no name of a field for something of the language", () => {
  const event = parse('{"category":"A","event":"B","__proto__":"x","constructor":"y"}');

  expect(event?.fields.get("constructor")).toBe("y");
  expect(event?.fields.get("tostring")).toBeUndefined();
});
