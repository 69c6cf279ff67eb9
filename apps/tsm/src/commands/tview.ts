import { nearest, styled, table, usageError } from "@tetra/cli-kit";
import type { TsmRun } from "../app.ts";
import { PROVIDERS } from "../tview/providers.ts";

/** `tsm tview [provider] [service...]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const word = args.at(0);
  if (word === undefined) {
    const known = PROVIDERS.map(({ name, summary }) => ({ name, summary }));
    if (out.mode === "json") return out.json({ providers: known });
    const rows = known.map(({ name, summary }) => [styled(name, "cyan"), summary]);
    return out.printAll(table(rows, { columns: out.columns }));
  }
  const provider = PROVIDERS.find(({ name }) => name === word);
  if (provider === undefined) {
    const names = PROVIDERS.map(({ name }) => name);
    const similar = nearest(word, names);
    throw usageError(
      `tview: there is no provider ${JSON.stringify(word)}`,
      similar === undefined ? `use one of ${names.join(", ")}` : `did you mean ${similar}?`,
    );
  }
  const { answer } = provider;
  if (answer.type === "words") return app.within.run(["--json", ...answer.words(args.rest(1))]);
  out.data(`${JSON.stringify(answer.data(app), undefined, 2)}\n`);
};
