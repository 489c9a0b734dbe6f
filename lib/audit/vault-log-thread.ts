import { parentPort, workerData } from 'node:worker_threads';
import { type Segment, SegmentReader } from './segment-reader';
import { beginning, type Search, SegmentScanner } from './segment-scanner';
import { VaultLineFormat } from './vault-line';

/* A thread of SegmentThreads: answers each segment of a log of Vault with a scan of it. */
const scanner = new SegmentScanner(workerData as Search, (memory) => new VaultLineFormat(memory), new SegmentReader());

parentPort?.on('message', (segment: Segment) => {
  parentPort?.postMessage(scanner.scan(segment, beginning));
});
