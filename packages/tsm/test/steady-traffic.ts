import { Agent, request } from "node:http";

/** What so many requests came to. */
export interface TrafficResult {
  readonly requests: number;
  /** What went wrong, each once with how often. */
  readonly failures: Readonly<Record<string, number>>;
  /** Each answer, with how often it came. */
  readonly answers: Readonly<Record<string, number>>;
}

/** Requests without a pause, until it is told to end. */
export interface SteadyTraffic {
  readonly answers: () => readonly string[];
  end(): Promise<TrafficResult>;
}

/** How a client connects: once, or for each request anew. */
export type ClientKind = "kept" | "new";

/** So many clients of each kind. */
export function steadyTraffic(
  port: number,
  clients: number,
  kinds: readonly ClientKind[] = ["kept", "new"],
): SteadyTraffic {
  const ending = new AbortController();
  let requests = 0;
  const failures: Record<string, number> = {};
  const answers: Record<string, number> = {};
  const keeping = new Agent({ keepAlive: true, maxSockets: 1000 });

  const client = async (agent: Agent | false): Promise<void> => {
    for (let turn = 0; !ending.signal.aborted; turn += 1) {
      const result = await ask(port, agent, turn % 4 === 0 ? "POST" : "GET");
      requests += 1;
      const into = result.ok ? answers : failures;
      into[result.text] = (into[result.text] ?? 0) + 1;
    }
  };
  const all = kinds.flatMap((kind) =>
    Array.from({ length: clients }, () => client(kind === "kept" ? keeping : false)),
  );
  return {
    answers: () => Object.keys(answers),
    async end() {
      ending.abort();
      await Promise.all(all);
      keeping.destroy();
      return { requests, failures, answers };
    },
  };
}

interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

function ask(port: number, agent: Agent | false, method: "GET" | "POST"): Promise<Answer> {
  return new Promise((resolve) => {
    const kind = agent === false ? "new" : "kept";
    const failed = (error: Error): void =>
      resolve({ ok: false, text: `${kind} ${method}: ${error.message}` });
    const asked = request({
      port,
      host: "127.0.0.1",
      agent,
      method,
      headers: { host: "web.test" },
    });
    asked.on("error", failed);
    asked.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("error", failed);
      response.on("end", () => {
        const ok = response.statusCode === 200;
        resolve({ ok, text: ok ? text : `${kind} ${method}: status ${response.statusCode}` });
      });
    });
    asked.end(method === "POST" ? "x".repeat(1000) : undefined);
  });
}
