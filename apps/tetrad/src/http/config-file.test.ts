import { writeFileAtomic } from "@tetra/durable-fs";
import { simulatedDisk } from "@tetra/durable-fs/testing";
import { expect, it } from "vitest";
import type { ConfigPlace } from "../config-folder.ts";
import { configPath, readHttpSettings, writeHttpSettings } from "./config-file.ts";
import type { HttpSettings } from "./settings.ts";

const PLAIN: HttpSettings = { port: 4444, hosts: [], behindProxy: false };
const WHOLE: HttpSettings = {
  port: 443,
  address: "192.0.2.7",
  hosts: ["tetra.example.org"],
  tls: { cert: "/c.pem", key: "/k.pem" },
  behindProxy: true,
};

/** A disk on which a person has written this. */
async function written(text: string): Promise<ConfigPlace> {
  const place = { fs: simulatedDisk().fs(), tetraDir: "/data" };
  await writeHttpSettings(place, undefined);
  const bytes = new TextEncoder().encode(text);
  writeFileAtomic(place.fs, configPath("/data"), bytes, { durable: true });
  return place;
}

it("gives back what it was given, and nothing where nothing is", async () => {
  const place = { fs: simulatedDisk().fs(), tetraDir: "/data" };

  expect(readHttpSettings(place)).toBeUndefined();
  for (const settings of [PLAIN, WHOLE, undefined]) {
    await writeHttpSettings(place, settings);
    expect(readHttpSettings(place)).toEqual(settings);
  }
});

it("takes the usual where a person says no more than that it is wanted", async () => {
  expect(readHttpSettings(await written('{"http": {}}'))).toEqual(PLAIN);
});

it("keeps settings that it does not know", async () => {
  const place = await written('{"dashboard": {"theme": "dark"}, "http": {"port": 1}}');

  await writeHttpSettings(place, undefined);

  const file = new TextDecoder().decode(
    place.fs.read(place.fs.open(configPath("/data"), "read"), 0, 99),
  );
  expect(JSON.parse(file)).toEqual({ dashboard: { theme: "dark" } });
});

it.each([
  ["", "it is not JSON"],
  ["[]", "it must be an object"],
  ['{"http": 4444}', "http must be an object"],
  ['{"http": {"prot": 1}}', 'http has no key "prot"; there are port, address'],
  ['{"http": {"port": "4444"}}', "http.port must be a number from 0 to 65535"],
  ['{"http": {"port": 65536}}', "http.port must be a number from 0 to 65535"],
  ['{"http": {"hosts": "a"}}', "http.hosts must be a list of names"],
  ['{"http": {"tls": {"cert": "/c"}}}', "http.tls.key must be text"],
  ['{"http": {"tls": {"cert": "c", "key": "/k"}}}', "http.tls.cert must be an absolute path"],
])("refuses %s", async (text, why) => {
  const place = await written(text);

  expect(() => readHttpSettings(place)).toThrow(why);
  await expect(writeHttpSettings(place, PLAIN)).rejects.toThrow(why);
});
