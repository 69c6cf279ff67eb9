export { type AnotherInstance, anotherInstance } from "./another-instance.ts";
export { type CountConnections, countConnections } from "./connections.ts";
export type { InstancesErrorCode } from "./errors.ts";
export { findGroup, findGroups, type Instance, type InstanceGroup } from "./instance-group.ts";
export type { NginxChange } from "./apply-nginx.ts";
export type { NginxSettings } from "./nginx-program.ts";
export { type Nginx, type NginxStatus, openNginx, type SiteStatus } from "./nginx.ts";
export type { Site, Steering } from "./nginx-site.ts";
export { onPort } from "./on-port.ts";
export {
  planReload,
  type ReloadPlan,
  type ReloadPromise,
  type ReloadSituation,
  type ReloadStep,
  type Route,
} from "./plan-reload.ts";
export { type NewInstance, planScale, type ScalePlan } from "./plan-scale.ts";
export { scale, type Scaled, type ScaleOptions } from "./scale.ts";
export type { Traffic } from "./site-traffic.ts";
export type { NginxOptions } from "./site-writer.ts";
export { reload, type Reloaded, type ReloadOptions } from "./reload.ts";
