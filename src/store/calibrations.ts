import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Calibration } from '../result/calibration-result.ts';
import type { Environment } from '../model/environment.ts';
import { fingerprint } from '../platform/fingerprint.ts';
import { readText } from '../platform/read-text.ts';
import { writeAtomically } from './write.ts';

/** What a calibration is kept under: the machine and its Node, whatever Redis a run has. */
export function hostOf(environment: Environment): string {
  return fingerprint({ ...environment, redis: null });
}

/** Keeps a calibration beside the results of a folder, in place of an older one of the same host and number of processes. */
export async function writeCalibration(dir: string, calibration: Calibration): Promise<string> {
  const folder = join(dir, 'calibration');
  await mkdir(folder, { recursive: true });
  const path = pathOf(dir, calibration.host, calibration.processes);
  await writeAtomically(path, `${JSON.stringify(calibration, null, 2)}\n`);
  return path;
}

/** The calibration of a host and a number of processes; null where there is none that can be read. */
export async function readCalibration(dir: string, host: string, processes: number): Promise<Calibration | null> {
  try {
    const value = JSON.parse(await readText(pathOf(dir, host, processes))) as Partial<Calibration>;
    return value.schemaVersion === 1 && value.kind === 'calibration' ? (value as Calibration) : null;
  } catch {
    return null;
  }
}

function pathOf(dir: string, host: string, processes: number): string {
  return join(dir, 'calibration', `${host}-p${processes}.json`);
}
