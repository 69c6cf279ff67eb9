import type { App } from "../app.ts";
import { openedDefinitions } from "../opened-definitions.ts";
import { emptyRecord, type ServiceRecord } from "../service-record.ts";

/** Every service that has a file: as it is, or with dashes for what does not run. */
export function availableRecords(
  app: App,
  records: readonly ServiceRecord[],
): readonly ServiceRecord[] {
  return openedDefinitions(app)
    .list()
    .flatMap(({ name, org = null }) => {
      const ours = records.filter(
        (record) =>
          record.pid !== null &&
          record.name.replace(/-\d+$/, "") === name.replace(/-\d+$/, "") &&
          (org === null || record.org === null || record.org === org),
      );
      return ours.length > 0 ? ours : [{ ...emptyRecord(name, "available"), org }];
    });
}
