import { requestFile } from "../context/default-files.ts";
import { ok, refuses, same } from "./check.ts";
import {
  appendAnyhow,
  AT_MS,
  AWKWARD,
  beginning,
  bytesOf,
  evidence,
  ID,
  places,
  type Rule,
  setting,
  textOf,
  upTo,
} from "./rule.ts";
import { sha256 } from "./sha256.ts";

const ESCAPES = ["", ".", "..", "../x", "/etc/hostname", "a/../../x", "a//b", "a/", "a\0b"];

/** Rules of context files and artifacts. */
export const BLOB_RULES: readonly Rule[] = [
  {
    name: "context: a new transaction has its policy and its request",
    async check(store) {
      const description = 'deploy "api"\nin two lines';
      await store.create(ID, beginning(ID, { description, target: "@staging" }));

      const entries = await store.listContext(ID);

      const names = entries.map(({ name }) => name);
      same(names, ["000_policy.md", "010_request.md"], "the entries");
      const request = textOf(await store.readContext(ID, "010_request.md"));
      same(request, requestFile(description, "@staging"), "the request");
    },
  },
  {
    name: "context: evidence is numbered from 100 in steps of ten, and keeps description and suffix",
    async check(store) {
      await store.create(ID, beginning(ID));

      const added = [
        await store.addContext(ID, evidence("artifact", "a\n", "app.tar.gz")),
        await store.addContext(ID, evidence("config with spaces", "", ".env")),
        await store.addContext(ID, evidence("readme", "c", "README")),
      ];

      same(
        added.map(({ name }) => name),
        ["100_artifact.tar.gz", "110_config with spaces.env", "120_readme"],
        "the names",
      );
      const entries = (await store.listContext(ID)).slice(2);
      same(
        entries,
        [
          { name: "100_artifact.tar.gz", kind: "file", bytes: 2 },
          { name: "110_config with spaces.env", kind: "file", bytes: 0 },
          { name: "120_readme", kind: "file", bytes: 1 },
        ],
        "the entries",
      );
    },
  },
  {
    name: "context: evidence is recorded with the SHA-256 of its content",
    async check(store) {
      await store.create(ID, beginning(ID));

      const { name, digest } = await store.addContext(ID, evidence("x", "b\n", "x.txt"));

      const known = "0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f";
      same(digest, known, "the digest returned");
      const { revision, evidence: recorded } = await store.load(ID);
      same(
        [revision, recorded],
        [2, [{ file: name, source: "x.txt", digest }]],
        "what is recorded",
      );
      const event = (await store.read(ID)).at(-1)?.event;
      same(
        [event?.event, event?.["file"], event?.["digest"], event?.["bytes"], event?.ts_ms],
        ["evidence_added", name, digest, 2, AT_MS],
        "the event",
      );
    },
  },
  {
    name: "context: content of any kind and size comes back byte for byte",
    async check(store) {
      await store.create(ID, beginning(ID));
      const everyByte = Uint8Array.from({ length: 256 }, (_, at) => at);
      const large = new Uint8Array(1_000_000).map((_, at) => (at * 7919) % 251);

      for (const bytes of [new Uint8Array(), everyByte, large]) {
        const source = { bytes, name: "blob.bin" };
        const added = await store.addContext(ID, { description: "blob", source, atMs: AT_MS });
        const back = await store.readContext(ID, added.name);
        same([back.length, await sha256(back)], [bytes.length, await sha256(bytes)], "the content");
        same(added.digest, await sha256(bytes), "the digest");
      }
    },
  },
  {
    name: "context: 20 that add at once get 20 numbers, each with its own content",
    async check(store) {
      await store.create(ID, beginning(ID));

      const added = await Promise.all(
        upTo(20).map(async (at) => {
          const context = evidence(`number ${at}`, `content ${at}`);
          const { name, digest } = await store.addContext(ID, context);
          return { at, name, digest };
        }),
      );

      const numbers = added.map(({ name }) => Number.parseInt(name, 10)).toSorted((a, b) => a - b);
      same(
        numbers,
        upTo(20).map((at) => 100 + 10 * at),
        "the numbers",
      );
      for (const { at, name } of added) {
        ok(name.endsWith(`_number ${at}.txt`), `${name} is not named after its description`);
        same(textOf(await store.readContext(ID, name)), `content ${at}`, `the content of ${name}`);
      }
      const { revision, evidence: recorded } = await store.load(ID);
      same([revision, recorded.length], [21, 20], "what is recorded");
      const digests = new Map(added.map(({ name, digest }) => [name, digest]));
      for (const { file, digest } of recorded) {
        same(digest, digests.get(file), `the digest recorded for ${file}`);
      }
    },
  },
  {
    name: "context: adding and appending at once disturb neither",
    async check(store) {
      await store.create(ID, beginning(ID));

      await Promise.all([
        ...upTo(5).map((at) => store.addContext(ID, evidence("notes", `${at}`))),
        ...upTo(5).map((at) =>
          appendAnyhow(store, ID, [setting({ at }), setting({ [`k${at}`]: at })]),
        ),
      ]);

      same(places(await store.read(ID)), upTo(16), "the places of the lines");
      same((await store.load(ID)).evidence.length, 5, "how much evidence is recorded");
    },
  },
  {
    name: "context: descriptions are kept verbatim, whatever they hold",
    async check(store) {
      await store.create(ID, beginning(ID));

      for (const [at, description] of AWKWARD.entries()) {
        const { name } = await store.addContext(ID, evidence(description, `content ${at}`, "x.md"));
        same(name, `${100 + 10 * at}_${description}.md`, "the name");
        same(textOf(await store.readContext(ID, name)), `content ${at}`, `the content of ${name}`);
      }
      const listed = (await store.listContext(ID)).slice(2).map(({ name }) => name);
      const recorded = (await store.load(ID)).evidence.map(({ file }) => file);
      same(listed, recorded, "the names listed and recorded");
    },
  },
  {
    name: "context: what cannot be part of a file name, or is not there, is refused and leaves nothing",
    async check(store) {
      await store.create(ID, beginning(ID));
      const before = [await store.read(ID), await store.listContext(ID)];

      for (const description of ["", "a/b", "../x", "a\0b", "x".repeat(260), "é".repeat(126)]) {
        const adding = store.addContext(ID, evidence(description, "content"));
        await refuses(adding, "INVALID_INPUT", `the description ${JSON.stringify(description)}`);
      }
      for (const name of ["..", "a.b/c", "x.\0"]) {
        const adding = store.addContext(ID, evidence("notes", "content", name));
        await refuses(adding, "INVALID_INPUT", `the source name ${JSON.stringify(name)}`);
      }
      const missing = { path: "/nowhere/to be found" };
      await refuses(
        store.addContext(ID, { description: "missing", source: missing, atMs: AT_MS }),
        ["NOT_FOUND", "INVALID_INPUT"],
        "a source that is not there",
      );

      same([await store.read(ID), await store.listContext(ID)], before, "what is there afterwards");
    },
  },
  {
    name: "context: names that leave the folder are refused, missing ones are NOT_FOUND",
    async check(store) {
      await store.create(ID, beginning(ID));

      for (const name of ESCAPES) {
        await refuses(store.readContext(ID, name), "INVALID_INPUT", JSON.stringify(name));
      }
      await refuses(store.readContext(ID, "100_missing"), "NOT_FOUND", "a name that is not there");
    },
  },
  {
    name: "digest: 64 hex digits that change with the context and with nothing else; else `none`",
    async check(store) {
      await store.create(ID, beginning(ID));

      const atFirst = await store.contextDigest(ID);
      await store.append(ID, 1, [setting({ a: 1 })]);
      await store.putArtifact(ID, "plan.json", bytesOf("{}"));
      const unchanged = await store.contextDigest(ID);
      await store.addContext(ID, evidence("notes", "text"));
      const changed = await store.contextDigest(ID);

      ok(/^[0-9a-f]{64}$/.test(atFirst), `${atFirst} is no digest`);
      same(unchanged, atFirst, "the digest of the same context");
      ok(changed !== atFirst, "the digest of more context is the same as before");
      same(await store.contextDigest("nobody-20260101T000000"), "none", "the digest of nothing");
    },
  },
  {
    name: "artifacts: written, replaced, listed by name and read back, nested ones too",
    async check(store) {
      await store.create(ID, beginning(ID));
      same(await store.listArtifacts(ID), [], "the artifacts of a new transaction");

      await store.putArtifact(ID, "plan.json", bytesOf("first, and longer than the second"));
      await store.putArtifact(ID, "plan.json", bytesOf("second"));
      await store.putArtifact(ID, "logs/build/out.log", bytesOf("built"));
      await store.putArtifact(ID, "logs/empty", new Uint8Array());
      for (const name of AWKWARD) await store.putArtifact(ID, name, bytesOf(name));

      const names = await store.listArtifacts(ID);
      const expected = ["logs/build/out.log", "logs/empty", "plan.json", ...AWKWARD];
      same(names.toSorted(), expected.toSorted(), "the names");
      same(
        names.filter((name) => !AWKWARD.includes(name)),
        ["logs/build/out.log", "logs/empty", "plan.json"],
        "the order",
      );
      same(textOf(await store.readArtifact(ID, "plan.json")), "second", "the replaced content");
      same(
        textOf(await store.readArtifact(ID, "logs/build/out.log")),
        "built",
        "the nested content",
      );
      for (const name of AWKWARD) {
        same(textOf(await store.readArtifact(ID, name)), name, "the content under an awkward name");
      }
      same((await store.load(ID)).revision, 1, "the revision, which artifacts do not raise");
    },
  },
  {
    name: "artifacts: of several that write one name at once, one is there, whole",
    async check(store) {
      await store.create(ID, beginning(ID));
      const contents = upTo(8).map((at) => `${at}`.repeat(50_000 + at));

      await Promise.all(contents.map((text) => store.putArtifact(ID, "out.log", bytesOf(text))));

      same(await store.listArtifacts(ID), ["out.log"], "the names");
      const winner = textOf(await store.readArtifact(ID, "out.log"));
      ok(contents.includes(winner), "what is there is a mixture");
    },
  },
  {
    name: "artifacts: names that leave the folder are refused, missing ones are NOT_FOUND",
    async check(store) {
      await store.create(ID, beginning(ID));

      for (const name of ESCAPES) {
        const what = JSON.stringify(name);
        await refuses(store.putArtifact(ID, name, bytesOf("x")), "INVALID_INPUT", `put ${what}`);
        await refuses(store.readArtifact(ID, name), "INVALID_INPUT", `read ${what}`);
      }
      same(await store.listArtifacts(ID), [], "what is there afterwards");
      await refuses(store.readArtifact(ID, "missing"), "NOT_FOUND", "a name that is not there");
    },
  },
  {
    name: "files of an unknown transaction are NOT_FOUND",
    async check(store) {
      const id = "nobody-20260101T000000";
      await refuses(store.addContext(id, evidence("x", "x")), "NOT_FOUND", "addContext");
      await refuses(store.listContext(id), "NOT_FOUND", "listContext");
      await refuses(store.readContext(id, "000_policy.md"), "NOT_FOUND", "readContext");
      await refuses(store.putArtifact(id, "x", bytesOf("x")), "NOT_FOUND", "putArtifact");
      await refuses(store.listArtifacts(id), "NOT_FOUND", "listArtifacts");
      await refuses(store.readArtifact(id, "x"), "NOT_FOUND", "readArtifact");
    },
  },
];
