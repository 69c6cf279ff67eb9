import { styled } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import { checkFiles, findSourceFiles, formatProblem, type SourceFile } from "@tetra/tes";
import { existsSync } from "node:fs";
import type { TtmRun } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { exitStatusOf } from "../exit-status.ts";
import { endpointPlaces } from "../tes/reach.ts";

/** `ttm tes check [files...]` */
export const run: TtmRun = async (args, app) => {
  const { out } = app;
  const files = args.rest(0);
  const sources =
    files.length > 0
      ? files.map(sourceFile)
      : findSourceFiles(endpointPlaces(app)).filter(({ format }) => format !== "ssh config");
  const found = sources.filter(({ file }) => existsSync(file));
  const problems = checkFiles(found);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (out.mode === "json") out.json(problems);
  else {
    out.printAll(
      problems.map((problem) => [
        problem.severity === "error" ? styled("error: ", "red") : styled("warning: ", "yellow"),
        formatProblem(problem),
      ]),
    );
    if (problems.length === 0) out.printAll(nothingWrong(found));
  }
  return errors.length === 0 ? 0 : exitStatusOf("INVALID_CONFIG");
};

function nothingWrong(found: readonly SourceFile[]): readonly (readonly string[])[] {
  if (found.length > 0) return found.map(({ file }) => [`${file}: fine`]);
  return [["No files: the built-in symbols apply"]];
}

/** @throws TetraError `NOT_FOUND` */
function sourceFile(file: string): SourceFile {
  if (existsSync(file)) {
    return { file, format: file.endsWith(".toml") ? "tetra.toml" : "topology.json" };
  }
  throw new TetraError<TtmErrorCode>("NOT_FOUND", `tes check: ${file}: no such file`, {
    hint: "look at the path",
    details: { file },
  });
}
