import { basename, resolve } from "node:path";
import { type AgentPolicy, type CommandPattern, type CommandRule } from "./agent-policy.ts";
import {
  allowsArguments,
  type AskedArgument,
  fitsName,
  forbidsArguments,
  isOpen,
} from "./argument-pattern.ts";
import { baseOfService } from "./service-name.ts";
import { guardedIn, isWithin, LONGEST_PATH, realPath } from "./guarded-places.ts";
import {
  isOtherOfMany,
  isSameProgram,
  namedProgram,
  namesOf,
  type ProgramFile,
  programFile,
  type ProgramSearch,
} from "./program-file.ts";

/** A command that an agent wants to run. */
export interface AskedCommand {
  /** The program and its arguments, or text for a shell. */
  readonly run: readonly AskedArgument[] | string;
  /** The endpoint on which. */
  readonly on: string;
  /** The folder in which, absolute; on another machine it is that one's business. */
  readonly cwd: string;
  /** Names of the variables that it is given. */
  readonly variables: readonly string[];
  /** References to the secrets that it is given. */
  readonly secrets: readonly string[];
}

/** What is known of where it would run. */
export interface CommandGround {
  /** `PATH` of whoever runs it. */
  readonly path: string | undefined;
  /** What no argument may lead into: the data root, the policy, this program. */
  readonly guarded: readonly string[];
  /** Where evidence comes from and steps work. */
  readonly roots: readonly string[];
  /** Whether an endpoint is this machine. */
  readonly isHere: (symbol: string) => boolean;
  /** Whether a name means one service that is there, or is defined. */
  readonly isService: (name: string) => boolean;
}

/** Whether a command may be run. */
export type Verdict =
  | {
      readonly type: "allowed";
      readonly approval?: string;
      /** The path of the program that the rule names: what is to be run, wherever the given one leads by then. */
      readonly program?: string;
    }
  | { readonly type: "refused"; readonly reason: string; readonly hint: string };

/** What a service may be told through a step; `tsm VERB NAME`. */
export const STEERING_VERBS = ["start", "stop", "restart", "reload"] as const;

/** With these an agent could approve its own plans. */
const OWN_PROGRAMS: readonly CommandPattern[] = ["ttm", "tsm", "tpm", "tetrad"].flatMap(
  (name): readonly CommandPattern[] => [
    [name, "**"],
    [`${name}.cjs`, "**"],
  ],
);

const SHELLS = "sh bash dash zsh ksh mksh ash fish csh tcsh rbash busybox toybox coreutils";
const STARTERS =
  "env nice nohup timeout setsid stdbuf time xargs find parallel sudo doas su runuser pkexec chroot unshare nsenter ionice chrt taskset numactl flock watch script expect strace ltrace gdb ssh systemd-run at batch";

/** Programs that start others: what they are given decides what is run. */
const OPEN_PROGRAMS: ReadonlySet<string> = new Set(`${SHELLS} ${STARTERS}`.split(" "));

/**
 * Whether a policy allows a command. Programs are compared by the file that would be executed, arguments
 * one by one: no spelling, link or folder makes another command of it.
 */
export function verdictOnCommand(
  policy: AgentPolicy,
  asked: AskedCommand,
  ground: CommandGround,
): Verdict {
  const refusal = aroundRefused(policy, asked, ground);
  if (refusal !== undefined) return refusal;
  if (typeof asked.run === "string") return shellVerdict(policy, asked);
  const here = ground.isHere(asked.on);
  const [program, ...args] = asked.run;
  if (program === undefined || program === "") {
    return refused("which program is run must be known", "give its name as the first word");
  }
  const words = [program, ...args];
  const search = { path: ground.path, cwd: asked.cwd };
  const steering = here ? steeringVerdict(policy, { words, search }, ground) : undefined;
  if (steering !== undefined) return steering;
  const given = here ? programFile(program, search) : undefined;
  const names = given === undefined ? [basename(program)] : namesOf(given);
  return (
    neverAllowed(policy, { words, search, here, names }, ground) ??
    allowedBy(policy, asked, { words, search, here, names, given })
  );
}

/**
 * What stays forbidden to what undoes a step: it was allowed as a whole before the step was run, and must
 * not fail because a rule is gone since.
 */
export function verdictOnUndo(
  policy: Pick<AgentPolicy, "deny">,
  { run: words, on, cwd }: Pick<AskedCommand, "run" | "cwd" | "on">,
  ground: CommandGround,
): Verdict {
  if (typeof words === "string") return { type: "allowed" };
  const here = ground.isHere(on);
  const [program = ""] = words;
  const search = { path: ground.path, cwd };
  const other = here ? shadowed(program, search) : undefined;
  if (other !== undefined) return other;
  if (steers(words) !== undefined) return { type: "allowed" };
  const given = here ? programFile(program, search) : undefined;
  const names = given === undefined ? [basename(program)] : namesOf(given);
  return neverAllowed(policy, { words, search, here, names }, ground) ?? { type: "allowed" };
}

/** Whether a service may be steered. */
export function verdictOnService(
  policy: Pick<AgentPolicy, "services" | "approval">,
  service: string,
): Verdict {
  // as it is defined, and as it was started: with the port behind it
  const isNamed = (pattern: string): boolean =>
    fitsName(pattern, service) || fitsName(pattern, baseOfService(service));
  if (!policy.services.some(isNamed)) {
    return refused(`services does not name ${service}`, "let a person add it to the policy");
  }
  return policy.approval.services.some(isNamed)
    ? { type: "allowed", approval: `the service ${service}` }
    : { type: "allowed" };
}

/** What is around a command: endpoint, folder, variables, secrets. */
function aroundRefused(
  policy: AgentPolicy,
  { on, cwd, variables, secrets }: AskedCommand,
  { isHere, roots }: CommandGround,
): Verdict | undefined {
  if (!policy.targets.includes(on)) {
    return refused(`targets does not name ${on}`, `use one of ${policy.targets.join(", ")}`);
  }
  if (isHere(on)) {
    const real = realPath(cwd);
    if (!roots.some((root) => isWithin(realPath(root), real))) {
      return refused(
        `${cwd} is outside the folders it may work in`,
        `work below ${roots.join(", ")}`,
      );
    }
  }
  const variable = variables.find((name) => !policy.variables.includes(name));
  if (variable !== undefined) {
    return refused(`variables does not name ${variable}`, "let a person add it to the policy");
  }
  const secret = secrets.find((reference) => !policy.secrets.includes(reference));
  if (secret === undefined) return undefined;
  return refused(`secrets does not name ${secret}`, "let a person add it to the policy");
}

function shellVerdict(policy: AgentPolicy, { on }: AskedCommand): Verdict {
  if (policy.shell) return needed(policy, { on });
  return refused(
    "text for a shell is not allowed",
    "give the program and its arguments as a list, or let a person set shell in the policy",
  );
}

/** `tsm restart web` is asked of `services`, not of `allow`. */
function steeringVerdict(
  policy: AgentPolicy,
  { words, search }: Pick<Called, "words" | "search">,
  { isService }: CommandGround,
): Verdict | undefined {
  const service = steers(words);
  if (service === undefined) return undefined;
  const other = shadowed("tsm", search);
  if (other !== undefined) return other;
  const verdict = verdictOnService(policy, service);
  // tsm would take what is no service for a command, or for a part of another's name
  if (verdict.type === "allowed" && !isService(service)) {
    return refused(`there is no service ${service}`, "list_services has their names");
  }
  if (verdict.type === "refused" || verdict.approval !== undefined) return verdict;
  return needed(policy, { on: "@local" });
}

/** A relative folder in PATH can bring a program of an agent's own in between. */
function shadowed(program: string, search: ProgramSearch): Verdict | undefined {
  if (program.includes("/")) return undefined;
  const [named, given] = [namedProgram(program, search), programFile(program, search)];
  if (named?.identity === given?.identity) return undefined;
  return refused(
    `${program} in ${search.cwd} is not the one of that name`,
    "let a person leave relative folders out of PATH",
  );
}

/** The service that a command steers. */
function steers(words: readonly AskedArgument[]): string | undefined {
  const [program, verb, service, ...more] = words;
  if (program !== "tsm" || service === undefined || more.length > 0) return undefined;
  const isVerb = STEERING_VERBS.some((each) => each === verb);
  return isVerb && SERVICE_NAME.test(service) ? service : undefined;
}

/** What cannot be an option, `*`, an id or a path. */
const SERVICE_NAME = /^(?!\d+$)[A-Za-z0-9_][\w.@-]*$/u;

/** A command, and what its program is. */
interface Called {
  readonly words: readonly AskedArgument[];
  readonly search: ProgramSearch;
  readonly here: boolean;
  readonly names: readonly string[];
}

/** What no rule can allow. */
function neverAllowed(
  policy: Pick<AgentPolicy, "deny">,
  called: Called,
  { guarded }: CommandGround,
): Verdict | undefined {
  const own = forbiddenBy(OWN_PROGRAMS, called)?.[0] ?? ownProgramIn(called);
  if (own !== undefined) {
    return refused(`agents do not run ${own}`, "use the tools of this server");
  }
  const forbidden = forbiddenBy(policy.deny, called);
  if (forbidden !== undefined) {
    return refused(`deny forbids ${shown(forbidden)}`, "leave it to a person");
  }
  if (!called.here) return undefined;
  const place = firstGuarded(called.words, { cwd: called.search.cwd, guarded });
  if (place === undefined) return undefined;
  return refused(`an argument leads into ${place}`, "leave Tetra's own files alone");
}

/** A program of Tetra's that another program is given: `node /opt/tetra/ttm.cjs`. */
function ownProgramIn({ words, search, here }: Called): string | undefined {
  if (!here) return undefined;
  return words
    .flatMap((word = "") => {
      const isPath = word.includes("/") || word.endsWith(".cjs");
      if (!isPath || word.length > LONGEST_PATH) return [];
      const names = [basename(word), basename(realPath(resolve(search.cwd, word)))];
      // a folder may well be called tsm
      const isProgram = programFile(resolve(search.cwd, word), search);
      return isProgram === undefined ? names.filter((name) => name.endsWith(".cjs")) : names;
    })
    .find((name) => OWN_PROGRAMS.some(([own]) => own === name));
}

/** The pattern that a command fits, or, of a program that starts others, what it may start. */
function forbiddenBy(deny: readonly CommandPattern[], called: Called): CommandPattern | undefined {
  const { words, names } = called;
  const starts = names.some((name) => OPEN_PROGRAMS.has(name))
    ? words.map((_, at) => words.slice(at))
    : [words];
  return deny.find((pattern) => starts.some((each) => isForbidden(pattern, each, called)));
}

function isForbidden(
  [wanted, ...patterns]: CommandPattern,
  [program, ...args]: readonly AskedArgument[],
  { search, here }: Called,
): boolean {
  if (program === undefined || !forbidsArguments(patterns, args)) return false;
  if (basename(program) === basename(wanted)) return true;
  if (!here) return false;
  const [one, other] = [namedProgram(wanted, search), programFile(program, search)];
  if (one === undefined || other === undefined) return false;
  return one.identity === other.identity && !isOtherOfMany(one, other);
}

function firstGuarded(
  words: readonly AskedArgument[],
  places: { readonly cwd: string; readonly guarded: readonly string[] },
): string | undefined {
  for (const word of words) {
    const place = word === undefined ? undefined : guardedIn(word, places);
    if (place !== undefined) return place;
  }
  return undefined;
}

interface Resolved extends Called {
  readonly given: ProgramFile | undefined;
}

function allowedBy(
  policy: AgentPolicy,
  { on }: AskedCommand,
  { words, search, here, names, given }: Resolved,
): Verdict {
  const [program, ...args] = words;
  const fits = ({ run: [wanted, ...patterns], on: where }: CommandRule): boolean => {
    if (where !== undefined && !where.includes(on)) return false;
    return allowsArguments(patterns, args) && isProgram(wanted);
  };
  const isProgram = (wanted: string): boolean => {
    if (!here) return wanted === program; // what it resolves to there is not known here
    const file = namedProgram(wanted, search);
    return file !== undefined && given !== undefined && isSameProgram(file, given);
  };
  const rules = policy.allow.filter(fits);
  const rule = rules.find(({ approval }) => approval !== true) ?? rules[0];
  if (rule === undefined) {
    const what = here && given === undefined ? " (there is no such program here)" : "";
    return refused(
      `no rule allows ${shown(words)}${what}`,
      "propose what the policy allows, or let a person add a rule to allow",
    );
  }
  const opens = names.find((name) => OPEN_PROGRAMS.has(name));
  if (!policy.shell && opens !== undefined && rule.run.some(isOpen)) {
    return refused(
      `${opens} starts other programs, and the rule for it is open`,
      "let a person write a rule without *, or set shell in the policy",
    );
  }
  const verdict = needed(policy, { on, rule });
  const named = here ? namedProgram(rule.run[0], search) : undefined;
  return named === undefined ? verdict : { ...verdict, program: named.path };
}

/** Whether a person has to approve what is allowed. */
function needed(
  { approval }: AgentPolicy,
  { on, rule }: { readonly on: string; readonly rule?: CommandRule },
): Verdict & { type: "allowed" } {
  if (rule?.approval === true) return { type: "allowed", approval: shown(rule.run) };
  if (approval.targets.includes(on)) return { type: "allowed", approval: on };
  return approval.always ? { type: "allowed", approval: "every plan" } : { type: "allowed" };
}

function refused(reason: string, hint: string): Verdict {
  return { type: "refused", reason, hint };
}

/** Words as they may be shown in one line. */
function shown(words: readonly AskedArgument[]): string {
  const text = JSON.stringify(words.map((word) => word ?? "…"));
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}

const MOST_SHOWN = 200;
