import { isRecord } from "../files/lenient.ts";
import { type App, importApp, type Pm2Context, together } from "./import-pm2.ts";
import { type Imported, type ImportedField, scalarOf } from "./import-report.ts";

/**
 * Translates what `pm2 save` wrote, `dump.pm2`.
 * @returns `undefined` when it is none
 */
export function importDump(dump: unknown, context: Pm2Context): Imported | undefined {
  if (!Array.isArray(dump)) return undefined;
  const apps = dump.filter(isRecord).filter((entry) => entry["pm_exec_path"] !== undefined);
  if (apps.length < dump.length) return undefined;
  const byName = new Map<string, readonly App[]>();
  for (const app of apps) {
    const name = scalarOf(app["name"]);
    byName.set(name, [...(byName.get(name) ?? []), app]);
  }
  return together(
    [...byName.values()].flatMap((entries) => {
      const [first] = entries;
      if (first === undefined) return [];
      const { app, report } = dumpedApp(first);
      const instances = entries.length > 1 ? { instances: entries.length } : {};
      const { name, keys, report: fields } = importApp({ ...app, ...instances }, context);
      const stopped = entries.every(isStopped) ? { enabled: false } : {};
      return [{ name, keys: { ...keys, ...stopped }, report: [...fields, ...report(name)] }];
    }),
    [],
  );
}

function isStopped({ status }: App): boolean {
  return status === "stopped" || status === "errored";
}

/** What `pm2 save` keeps besides what was asked for. */
const PM2_RECORDS =
  /^(pm_|axm_|km_|PM2_|_|created_at$|status$|unique_id$|version$|node_version$|versioning$|restart_time$|unstable_restarts$|prev_restart_delay$|vizion|pmx$|automation$|windowsHide$|kill_retry_time$|username$|treekill$|exit_code$|instance_id$|NODE_APP_INSTANCE$|instance_var$|filter_env$|command$|started_inside$|merge_logs$|monitor|updated_at$|axmoptions$)/;
/** What a terminal, a login or pm2 puts into every environment: no reason to keep it for ever. */
const SESSION =
  /^(PM2_|npm_|SSH_|XDG_|LC_|TERM|COLORTERM|DISPLAY|DBUS_|WINDOWID|PWD$|OLDPWD$|SHLVL$|SHELL$|USER$|LOGNAME$|HOME$|LANG$|HOSTNAME$|MAIL$|EDITOR$|PAGER$|LESS|LS_COLORS|PS1$|PROMPT|STY$|TMUX|SUDO_|INVOCATION_ID$|JOURNAL_STREAM$|_$|unique_id$|status$|PATH$|NVM_|NODE_APP_INSTANCE$|axm_|windowsHide$|INIT_CWD$)/;

/** Which field of an app a field of the dump was. */
const RENAMED: Readonly<Record<string, string>> = {
  pm_exec_path: "script",
  pm_cwd: "cwd",
};

interface Dumped {
  readonly app: App;
  readonly report: (service: string) => readonly ImportedField[];
}

/** An entry of the dump as the app that it was. */
function dumpedApp(entry: App): Dumped {
  const env = isRecord(entry["env"]) ? entry["env"] : {};
  const name = scalarOf(entry["name"]);
  const isOwn = (variable: string): boolean =>
    !SESSION.test(variable) && variable !== name && !isRecord(env[variable]);
  const left = Object.keys(env).filter((variable) => !isOwn(variable));
  const records: string[] = [];
  const app: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(entry)) {
    const renamed = RENAMED[field];
    if (renamed !== undefined) app[renamed] = value;
    else if (field === "env") {
      app["env"] = Object.fromEntries(Object.entries(env).filter(([variable]) => isOwn(variable)));
    } else if (PM2_RECORDS.test(field)) records.push(field);
    else if (!Object.hasOwn(env, field)) app[field] = value; // the environment is there twice
  }
  const line = (service: string, field: string, note: string): ImportedField => ({
    service,
    field,
    outcome: "dropped",
    note,
  });
  return {
    app,
    report: (service) => [
      ...(left.length === 0
        ? []
        : [line(service, `env: ${left.join(", ")}`, "of the session, not of the service")]),
      ...(records.length === 0 ? [] : [line(service, records.join(", "), "pm2's own records")]),
      ...(isStopped(entry)
        ? [
            {
              ...line(service, "status", "it was not running"),
              outcome: "changed",
              became: "enabled",
            } as const,
          ]
        : []),
    ],
  };
}
