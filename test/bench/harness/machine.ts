import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What figures depend on besides the code. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** In gigabytes. */
  readonly memory: number;
  readonly node: string;
  /** Processes that wanted to run in the minute before, a core. */
  readonly loadBefore: number;
}

/** The machine as it is now. */
export function machineNow(): Machine {
  const cores = availableParallelism();
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores,
    memory: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadBefore: Number(((loadavg()[0] ?? 0) / cores).toFixed(2)),
  };
}

/** In one line. */
export function describeMachine({ processor, cores, memory, node, loadBefore }: Machine): string {
  return `${processor}, ${cores} cores, ${memory} GB, Node ${node.slice(1)}, load before ${loadBefore} a core`;
}
