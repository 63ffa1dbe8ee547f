import { usageError } from '../../model/errors.ts';

const GREATEST_PORT = 65_535;

/** The port of `--live [port]`: 0 for any that is free, null for no page. Throws a usage error. */
export function readPort(value: string | boolean): number | null {
  if (value === false) return null;
  if (value === true || value === '') return 0;
  if (/^\d{1,5}$/.test(value) && Number(value) <= GREATEST_PORT) return Number(value);
  throw usageError(`'${value}' is no port`, `Write a number up to ${GREATEST_PORT}, as in --live 8080, or --live alone for a free port.`);
}
