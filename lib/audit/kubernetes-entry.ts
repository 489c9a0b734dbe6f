import { type EntryStamp, type LineFormat, type LineKind, lineKind, TimeReader } from './log-line';
import { isObject } from './vault-entry';

/**
 * The part of an event of the API server's audit log that is used here
 * (https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/).
 */
export interface KubernetesEvent {
  readonly auditID: string;
  readonly stage: 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  readonly verb: string;
  readonly user: { readonly username?: string };
  readonly impersonatedUser?: { readonly username?: string } | null;
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly reason?: string };
  /** RFC 3339. */
  readonly requestReceivedTimestamp: string;
}

const timeKey = Buffer.from('"requestReceivedTimestamp":"');
const [open, close] = [0x7b, 0x7d];

/** The lines of an API server's audit log, format `json`. */
export class KubernetesLineFormat implements LineFormat<KubernetesEvent> {
  second = NaN;
  readonly notable = false;
  readonly memory = 0;
  readonly #time = new TimeReader();

  look(view: Buffer, start: number, end: number): LineKind {
    if (view[start] !== open || view[end - 1] !== close) {
      return lineKind.odd;
    }
    const line = view.subarray(start, end);
    const at = line.lastIndexOf(timeKey);
    this.second = at === -1 ? NaN : this.#time.read(line, at + timeKey.length);
    return Number.isNaN(this.second) ? lineKind.odd : lineKind.response;
  }

  parse(json: unknown): KubernetesEvent | undefined {
    const whole =
      isObject(json) &&
      json.kind === 'Event' &&
      isObject(json.user) &&
      [json.auditID, json.stage, json.verb, json.requestReceivedTimestamp].every((part) => typeof part === 'string');
    return whole ? (json as unknown as KubernetesEvent) : undefined;
  }

  stamp({ requestReceivedTimestamp }: KubernetesEvent): EntryStamp {
    return { kind: lineKind.response, second: Math.floor(Date.parse(requestReceivedTimestamp) / 1000) };
  }

  isNotable(): boolean {
    return false;
  }
}
