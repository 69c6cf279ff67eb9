export {
  hasPostgres,
  type PostgresAddress,
  type PostgresOptions,
  startPostgres,
  type TestPostgres,
} from "./server.ts";
