import { nameOfPort, parsePort, portOfName } from "@tetra/tsm/ports";
import { TetraError } from "@tetra/errors";
import type { TsmRun } from "../app.ts";
import { portBooks, portWorld } from "../ports/port-world.ts";

/** `tsm ports show <name|port>`: the other of the two, wherever it is written */
export const run: TsmRun = async (args, app) => {
  const word = args.at(0) ?? "";
  const books = portBooks(app, portWorld(app));
  const isPort = /^[0-9]+$/.test(word);
  const found = isPort ? nameOfPort(books, parsePort(word)) : portOfName(books, word);
  if (found === undefined) {
    throw new TetraError(
      "NAMED_PORT_NOT_FOUND",
      `nothing is known of ${isPort ? "port " : ""}${word}`,
      {
        hint: "see tsm ports list and tsm ports scan",
        details: { word },
      },
    );
  }
  if (app.out.mode === "json") return app.out.json(found);
  app.out.print(isPort ? found.name : String(found.port));
};
