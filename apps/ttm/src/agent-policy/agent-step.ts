/** What the agent of a step begins with when it came through the server for agents: see `agentCommand`. */
const MARK = "mcp:";

/** How a step names the agent that proposed it, for people and for the registry of actions. */
export function agentOfStep(name: string): string {
  return `${MARK}${name}`;
}

/** Whether a step was proposed by an agent, so that its command is subject to the policy. */
export function isAgents(agent: string | undefined): boolean {
  return agent?.startsWith(MARK) === true;
}

/** The field of a state that names the policy under which its transaction was opened. */
export const POLICY_FIELD = "agent_policy";
