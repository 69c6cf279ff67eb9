import type { TsmRun } from "../app.ts";
import { openedNginx } from "../boot/opened-nginx.ts";
import { openedServices } from "../opened-services.ts";
import { headedTable } from "../ports/port-table.ts";

/** `tsm nginx status`: the exit status is 1 when something is not as it should be */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const status = await openedNginx(app, openedServices(app)).status();
  const { version, conf, pid, isIncluded, steering, sites } = status;
  const isWell = sites.every(({ isCurrent }) => isCurrent) && (isIncluded || sites.length === 0);
  if (out.mode === "json") out.json({ ...status, pid: pid ?? null, steering: steering ?? null });
  else {
    out.print(
      `nginx ${version}: ${pid === undefined ? "not running" : `running (pid ${pid})`}, ${conf}`,
    );
    if (!isIncluded && sites.length > 0)
      out.print("the sites are not included there: tsm nginx install");
    if (steering === "reload") {
      out.print("its workers cannot see our files: each step of a reload reloads nginx");
    }
    const rows = sites.map(({ site, ports, out: away, isCurrent }) => [
      site.name,
      site.domain,
      site.listen,
      ports.map((port) => (away.includes(port) ? `(${port})` : String(port))).join(" "),
      isCurrent ? "current" : "behind: tsm nginx sync",
    ]);
    if (rows.length === 0) out.print("Nothing is installed: tsm nginx install <service>");
    else
      out.printAll(headedTable(["Name", "Domain", "Listen", "Ports", "File"], rows, out.columns));
  }
  return isWell ? 0 : 1;
};
