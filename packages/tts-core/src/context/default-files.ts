/** Text of `000_policy.md`, which every new transaction begins with. */
export function policyFile(): string {
  return `# Policy

Standing rules for whoever carries this transaction out.

## Constraints

- Keep what works today working.
- Change nothing without a reason that the request gives.
- Keep validation and tests, and run them.

## Output contract

Deliver three files in \`artifacts/\`:

- \`plan.json\`: the operations, in order.
- \`output.log\`: what was executed, and what it said.
- \`notes.md\`: what was done and why.
`;
}

/** Text of `010_request.md` of a new transaction; both arguments are inserted as they are. */
export function requestFile(description: string, target: string): string {
  return `# Request

${description}

## Target

${target}

## Acceptance criteria

- [ ] It finished without errors.
- [ ] The results were validated.
`;
}
