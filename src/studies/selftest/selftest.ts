import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRequest } from '../../result/request.ts';
import type { RunResult } from '../../result/run-result.ts';
import { runOnce } from '../../run/run.ts';
import { countOf, readPlanted, type PlantedFault } from './planted-faults.ts';
import { overFaultyLayer } from './requests.ts';
import { within, type Finding, type Planting, type RunRow, type SelftestRow, type SimulatedRow } from './row.ts';
import { LAYER_ROWS } from './layer-faults.ts';
import { PROCESS_ROWS } from './process-faults.ts';
import { QUEUE_ROWS } from './queue-faults.ts';
import { SIMULATED_ROWS } from './simulated-faults.ts';

export const SELFTEST_ROWS: readonly SelftestRow[] = [...LAYER_ROWS, ...QUEUE_ROWS, ...PROCESS_ROWS, ...SIMULATED_ROWS];

/** Runs at a time, of those that are not about time. */
const AT_ONCE = 3;

/** How one row has ended. */
export interface RowOutcome {
  readonly name: string;
  readonly planted: readonly Finding[];
  readonly unplanted: readonly Finding[];
}

export interface SelftestOptions {
  readonly stop: AbortSignal;
  readonly onRow: (outcome: RowOutcome) => void;
}

/**
 * Plants every fault, and holds what the report finds against what was planted; then the same without the fault. What
 * was planted is known to this comparison alone: it is read from the log of the faulty layer, after the run.
 */
export async function runSelftest(options: SelftestOptions): Promise<readonly RowOutcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'layerbench-selftest-'));
  try {
    const runs = new SelftestRuns(folder, options.stop);
    const outcomes = new Map<SelftestRow, RowOutcome>();
    const judge = async (row: SelftestRow): Promise<void> => {
      if (options.stop.aborted) return;
      const outcome = row.kind === 'run' ? await runs.judge(row) : simulate(row);
      outcomes.set(row, outcome);
      options.onRow(outcome);
    };
    const isAlone = (row: SelftestRow): boolean => row.kind === 'simulated' || row.isTimed;
    for (const row of SELFTEST_ROWS.filter(isAlone)) await judge(row);
    // The longest first, so that none is left alone at the end.
    const queue = SELFTEST_ROWS.filter((row) => !isAlone(row)).toSorted((a, b) => durationMs(b) - durationMs(a));
    const worker = async (): Promise<void> => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) await judge(row);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return SELFTEST_ROWS.flatMap((row) => outcomes.get(row) ?? []);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function durationMs(row: SelftestRow): number {
  return row.kind === 'run' ? row.planted.request.plan.durationMs : 0;
}

function simulate({ name, find, findNothing }: SimulatedRow): RowOutcome {
  return { name, planted: find(), unplanted: findNothing() };
}

/** The runs of one self-test; rows with the same unplanted run share it. */
class SelftestRuns {
  private readonly folder: string;
  private readonly stop: AbortSignal;
  private readonly unplanted = new Map<RunRequest, Promise<RunResult>>();
  private count = 0;

  constructor(folder: string, stop: AbortSignal) {
    this.folder = folder;
    this.stop = stop;
  }

  async judge(row: RunRow): Promise<RowOutcome> {
    const { result, log } = await this.plant(row.planted);
    const kinds = row.planted.faults?.split('+') ?? [];
    // A fault that was never done would be found by everybody.
    const done = kinds.map((kind) => within(`times: ${kind}`, 1, Infinity, countOf(log, kind)));
    return { name: row.name, planted: [...done, ...row.find(result, log)], unplanted: row.findNothing(await this.plain(row.unplanted)) };
  }

  private async plant({
    request,
    faults,
    module,
  }: Planting): Promise<{ readonly result: RunResult; readonly log: readonly PlantedFault[] }> {
    const logFile = join(this.folder, `planted-${this.count++}`);
    const planted = faults === undefined ? request : overFaultyLayer(request, faults, logFile);
    const result = await runOnce(planted, {
      stop: this.stop,
      onEvent: () => undefined,
      save: async (saved) => saved,
      preload: (role, index) =>
        module !== undefined && module.role === role && module.index === index
          ? [new URL(`./faults/${module.name}.js`, import.meta.url)]
          : [],
    });
    return { result, log: await readPlanted(logFile) };
  }

  private plain(request: RunRequest): Promise<RunResult> {
    let run = this.unplanted.get(request);
    if (run === undefined) {
      run = runOnce(request, { stop: this.stop, onEvent: () => undefined, save: async (saved) => saved });
      this.unplanted.set(request, run);
    }
    return run;
  }
}

/** Whether a row says what it has to. */
export function passes({ planted, unplanted }: RowOutcome): boolean {
  return [...planted, ...unplanted].every(({ holds }) => holds);
}
