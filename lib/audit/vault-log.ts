import { type Coverage, coverageGaps, coverageOf } from './coverage';
import { DeviceChanges, type DeviceChange } from './device-changes';
import { counted } from '../counted';
import type { Gap } from './gap';
import { identityOf } from './identity';
import { type FoundLogs, siblingsOf } from './log-files';
import type { Place } from './log-line';
import { Pairing } from './pairing';
import { placesKept } from './kept-lines';
import { scanLogs } from './scan-logs';
import type { VaultEntry } from './vault-entry';
import { VaultLineFormat } from './vault-line';
import { isWithin, type TimeWindow } from './window';

/** A log and the part of it that a question is about. */
export interface LogQuestion {
  readonly logs: FoundLogs;
  readonly window: TimeWindow;
  /** Parses every line, so that damage in the middle of one is noticed too. @default false */
  readonly thorough?: boolean;
  /** Told how many bytes have been read. */
  readonly onBytes?: (bytes: number) => void;
}

/** See {@link readVaultLog}. */
export interface VaultLogQuestion extends LogQuestion {
  /** Lines that hold any of them are read. */
  readonly needles: readonly string[];
  /** Whether an entry belongs to the question, whatever its time. */
  readonly concerns: (entry: VaultEntry) => boolean;
  /** Whether each request needs an answer, which is not so where only the answer shows that it concerns. @default true */
  readonly pairs?: (entry: VaultEntry) => boolean;
  /** Called for each answer within the window, once however many devices recorded it. */
  readonly onAnswer: (entry: VaultEntry) => void;
}

/** What a log says besides the answers themselves. */
export interface LogEvidence {
  readonly coverage: Coverage;
  readonly deviceChanges: readonly DeviceChange[];
  /** Answers that a second device recorded too. */
  readonly duplicates: number;
  readonly gaps: readonly Gap[];
}

/** One in so many requests may lack its answer before the whole log is doubted; the ones asked about may never. */
const unpairedOneIn = 1000;
const unpairedAtLeast = 10;

/**
 * Reads Vault's audit logs once. Answers come from response entries, since a request may still be denied.
 */
export async function readVaultLog(question: VaultLogQuestion): Promise<LogEvidence> {
  const { logs, window, concerns, pairs = () => true, onAnswer } = question;
  const pairing = new Pairing<VaultEntry>();
  const devices = new DeviceChanges();
  const onEntry = (entry: VaultEntry, place: Place): void => {
    devices.add(entry);
    if (!concerns(entry) || !isWithin(window, entry.time)) {
      return;
    }
    if (entry.type === 'request') {
      if (pairs(entry)) {
        pairing.ask(entry.request.id, entry, place);
      }
    } else if (pairing.answer(entry.request.id, pairs(entry) ? place : undefined)) {
      onAnswer(entry);
    }
  };
  const scan = await scanLogs(logs.files, {
    ...question,
    format: (memory) => new VaultLineFormat(memory),
    thread: require.resolve('./vault-log-thread'),
    onEntry,
  });
  const coverage = coverageOf(scan);
  const deviceChanges = devices.list().filter(({ time }) => isWithin(window, time));
  return {
    coverage,
    deviceChanges: devices.list(),
    duplicates: pairing.duplicates,
    gaps: [
      ...coverageGaps(scan, window, logs.refused, await siblingsOf(logs.files)),
      ...deviceGaps(deviceChanges),
      ...unpairedGaps(pairing),
      ...balanceGaps(coverage),
    ],
  };
}

function deviceGaps(changes: readonly DeviceChange[]): Gap[] {
  return changes.map(({ time, device, change, by, confirmed }) => ({
    kind: 'device',
    message:
      `audit device "${device}" was ${change} at ${time} by ${by}` +
      `${confirmed ? '' : ' (asked for; the answer is not in the log)'}: ` +
      `it recorded nothing ${change === 'enabled' ? 'before' : 'from then on'}`,
    fix: 'give the log of a device that recorded that time',
  }));
}

function unpairedGaps({ unanswered, unasked }: Pairing<VaultEntry>): Gap[] {
  const gaps: Gap[] = [];
  if (unanswered.length > 0) {
    gaps.push({
      kind: 'unpaired',
      message: `${counted(unanswered.length, 'request')} for it without an answer in the log: Vault may have answered`,
      fix: 'give the log of another audit device too',
      places: unanswered
        .slice(0, placesKept)
        .map(({ entry, place }) => `${place.file}:${place.line} ${entry.time} ${identityOf(entry).name}`),
    });
  }
  if (unasked.length > 0) {
    gaps.push({
      kind: 'unpaired',
      message: `${counted(unasked.length, 'answer')} about it without a request in the log: lines are missing`,
      fix: 'give the files before and after, and the log of another audit device',
      places: unasked.slice(0, placesKept).map(({ file, line }) => `${file}:${line}`),
    });
  }
  return gaps;
}

function balanceGaps({ requests, responses }: Coverage): Gap[] {
  const difference = Math.abs(requests - responses);
  return difference < unpairedAtLeast || difference * unpairedOneIn < requests + responses
    ? []
    : [
        {
          kind: 'unpaired',
          message: `${counted(requests, 'request')} and ${counted(responses, 'response')} in the whole log: lines are missing`,
          fix: 'give the log of another audit device too',
        },
      ];
}
