import { availableParallelism } from 'node:os';
import { Thread } from '../thread';
import type { Segment } from './segment-reader';
import type { Search, SegmentScan } from './segment-scanner';

/** More threads than this wait for the disk, or for the thread that puts their scans together. */
const mostThreads = 4;
/** Segments that each thread may be ahead, so that memory is bounded. */
const segmentsAhead = 2;

/** A segment with its scan. */
export interface ScannedSegment {
  readonly segment: Segment;
  readonly scan: SegmentScan;
}

/** Scans segments in threads. */
export class SegmentThreads {
  readonly #threads: readonly Thread<Segment, SegmentScan>[];

  /** @param module what each thread runs: it starts with a {@link Search} and answers segments with scans */
  constructor(module: string, search: Search, threads = Math.min(mostThreads, availableParallelism())) {
    this.#threads = Array.from({ length: threads }, () => new Thread(module, search, 'reads logs'));
  }

  /** Scans of segments, in their order, each as if its segment were the beginning of the log. */
  async *scan(segments: readonly Segment[]): AsyncGenerator<ScannedSegment, void> {
    const started: Promise<ScannedSegment>[] = [];
    for (const [index, segment] of segments.entries()) {
      started.push(this.#start(segment, index));
      const oldest = index + 1 < this.#threads.length * segmentsAhead ? undefined : started.shift();
      if (oldest) {
        yield await oldest;
      }
    }
    for (const rest of started) {
      yield await rest;
    }
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#threads.map(async (thread) => {
        await thread.close();
      }),
    );
  }

  #start(segment: Segment, index: number): Promise<ScannedSegment> {
    const thread = this.#threads[index % this.#threads.length];
    if (!thread) {
      throw new RangeError('there is no thread to scan in, allowed: at least 1');
    }
    const started = thread.ask(segment).then((scan) => ({ segment, scan }));
    // It may fail while nobody waits for it yet, or any more.
    started.catch(() => undefined);
    return started;
  }
}
