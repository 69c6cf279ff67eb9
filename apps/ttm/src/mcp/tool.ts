import type { CallToolResult, McpServer, ServerContext } from "@modelcontextprotocol/server";
import { failureOf } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import type { Json, Masker } from "@tetra/tts-core/saga";
import type * as z from "zod";
import type { TtmErrorCode } from "../errors.ts";
import { inOriginalWords } from "../original-words.ts";
import { ERROR_KEY } from "./call-log.ts";
import { masksOf } from "./masks.ts";
import { progressTeller } from "./progress-teller.ts";
import type { Session } from "./session.ts";
import type { Turns } from "./turns.ts";

/** What a tool answers. */
export interface Answer<Output> {
  readonly data: Output;
  /** The same for whoever reads, in a few lines. */
  readonly text: string;
}

/** One call of a tool. */
export interface ToolCall {
  readonly session: Session;
  /** Aborts when the client no longer wants the answer, or is gone. */
  readonly signal: AbortSignal;
  /** Tells the client how it goes on, if it wants to know. */
  readonly tell: (line: string) => void;
}

/** Something that agents can do. */
export interface Tool<Input, Output> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
  /**
   * `reads`: changes nothing, and is there in every mode. `adds`: changes, and destroys nothing.
   * `changes`: may destroy something.
   */
  readonly effect: "reads" | "adds" | "changes";
  /** Whether calling it again with the same input does nothing more. */
  readonly isIdempotent: boolean;
  /** Whether it waits for something outside, so that it keeps nobody else from being served. */
  readonly waits?: boolean;
  readonly run: (input: Input, call: ToolCall) => Promise<Answer<Output>>;
}

/** The most that an answer may hold, in characters of JSON. */
const MOST_IN_ANSWER = 2_000_000;

/** Offers a tool, if the session's mode allows it. */
export function offerTool<Input, Output extends object>(
  server: McpServer,
  { session, turns }: { readonly session: Session; readonly turns: Turns },
  tool: Tool<Input, Output>,
): void {
  const { name, title, description, input, output, effect, isIdempotent, waits } = tool;
  if (effect !== "reads" && session.mode === "read") return;
  server.registerTool(
    name,
    {
      title,
      description,
      inputSchema: input,
      outputSchema: output,
      annotations: {
        title,
        readOnlyHint: effect === "reads",
        destructiveHint: effect === "changes",
        idempotentHint: isIdempotent,
        openWorldHint: effect === "changes",
      },
    },
    async (given: Input, ctx: ServerContext): Promise<CallToolResult> => {
      const masks = masksOf(session);
      const told = progressTeller(ctx, masks);
      try {
        const call = { session, signal: ctx.mcpReq.signal, tell: told.tell };
        const answer = await turns.take(waits === true, () => tool.run(given, call));
        return resultOf(answer, masks);
      } catch (thrown) {
        return refusalOf(inOriginalWords(failureOf(thrown)), masks);
      } finally {
        told.end();
      }
    },
  );
}

function resultOf<Output extends object>(
  { data, text }: Answer<Output>,
  masks: Masker,
): CallToolResult {
  const json = JSON.stringify(data);
  if (json.length > MOST_IN_ANSWER) {
    throw new TetraError<TtmErrorCode>("TOO_MUCH", "the answer is too long", {
      hint: "ask for less at once",
    });
  }
  // what was just written as JSON is JSON
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const masked = masks.json(JSON.parse(json) as Json) as Record<string, unknown>;
  return { content: [{ type: "text", text: masks.text(text) }], structuredContent: masked };
}

function refusalOf(
  {
    code,
    message,
    hint,
  }: { readonly code: string; readonly message: string; readonly hint?: string },
  masks: Masker,
): CallToolResult {
  const lines = [`Error (${code}): ${message}`, ...(hint === undefined ? [] : [`Hint: ${hint}`])];
  return {
    isError: true,
    content: [{ type: "text", text: masks.text(lines.join("\n")) }],
    _meta: {
      [ERROR_KEY]: {
        code,
        message: masks.text(message),
        ...(hint === undefined ? {} : { hint: masks.text(hint) }),
      },
    },
  };
}
