// Headings of the overview, shared by the areas.

export const SERVICES = "Services";
export const DEFINITIONS = "Definitions";
export const LOGS = "Logs and monitoring";
export const PORTS = "Ports";
export const CARE = "Care";
export const BOOT = "Boot and proxies";
export const DAEMON = "Daemon";
export const OTHER = "Other";
