import { type EntryStamp, type LineFormat, type LineKind, lineKind, TimeReader } from './log-line';
import { parseVaultEntry, type VaultEntry } from './vault-entry';

const code = (letter: string): number => letter.charCodeAt(0);
const quote = code('"');
const [comma, open, close, zulu, lastOfRequest] = [code(','), code('{'), code('}'), code('Z'), code('t')];
const [zero, nine, s, y, p] = [code('0'), code('9'), code('s'), code('y'), code('p')];

const devices = 'sys/audit/';
const deviceChange = Buffer.from(`"path":"${devices}`);
const endOfRequest = '","type":"request"}'.length;
const endOfResponse = '","type":"response"}'.length;
const headTime = '{"time":"';
const longestTime = '2026-11-26T19:48:36.635765936Z'.length;
/** Lines after a change of an audit device was asked for, among which its answer is looked for. */
const linesToAnswer = 1000;

/**
 * The lines of Vault's audit devices. Vault 1.16 and later sort their keys, so an entry ends with its time and type, and
 * the path of a request stands shortly before; earlier versions begin with time and type
 * (https://developer.hashicorp.com/vault/docs/audit/schema). Changes of audit devices are notable.
 */
export class VaultLineFormat implements LineFormat<VaultEntry> {
  second = NaN;
  notable = false;
  readonly #time = new TimeReader();
  #awaitingAnswer: number;

  constructor(memory = 0) {
    this.#awaitingAnswer = memory;
  }

  get memory(): number {
    return this.#awaitingAnswer;
  }

  look(view: Buffer, start: number, end: number): LineKind {
    if (view[start] !== open || view[end - 1] !== close) {
      return lineKind.odd;
    }
    this.notable = false;
    const kind = this.#lookAtEnd(view, start, end);
    return kind === lineKind.odd ? this.#lookAtHead(view, start, end) : kind;
  }

  parse(json: unknown): VaultEntry | undefined {
    return parseVaultEntry(json);
  }

  stamp({ type, time }: VaultEntry): EntryStamp {
    return { kind: lineKind[type], second: Math.floor(Date.parse(time) / 1000) };
  }

  isNotable({ request }: VaultEntry): boolean {
    return request.path.startsWith(devices);
  }

  /** `..."time":"2026-11-26T19:48:36.635765936Z","type":"response"}` */
  #lookAtEnd(view: Buffer, start: number, end: number): LineKind {
    const isRequest = view[end - 3] === lastOfRequest;
    const timeEnd = end - (isRequest ? endOfRequest : endOfResponse);
    if (view[timeEnd] !== quote || view[timeEnd + 1] !== comma || view[timeEnd - 1] !== zulu) {
      return lineKind.odd;
    }
    const timeQuote = quoteBefore(view, timeEnd, Math.max(start, timeEnd - longestTime - 1));
    this.second = this.#time.read(view, timeQuote + 1);
    if (Number.isNaN(this.second)) {
      return lineKind.odd;
    }
    if (!isRequest) {
      return this.#response(view, start, end);
    }
    if (mayBeSystem(view, pathOfRequest(view, start, timeQuote)) && holds(view, start, end, deviceChange)) {
      this.#deviceIsAsked();
    }
    return lineKind.request;
  }

  /** `{"time":"2026-11-26T19:48:36.635765936Z","type":"response",...` */
  #lookAtHead(view: Buffer, start: number, end: number): LineKind {
    const head = view.toString('latin1', start, Math.min(end, start + headTime.length + longestTime + endOfResponse));
    const type = /^\{"time":"[^"]+Z","type":"(request|response)"/.exec(head)?.[1];
    if (type === undefined) {
      return lineKind.odd;
    }
    this.second = this.#time.read(view, start + headTime.length);
    if (Number.isNaN(this.second)) {
      return lineKind.odd;
    }
    if (type === 'response') {
      return this.#response(view, start, end);
    }
    if (holds(view, start, end, deviceChange)) {
      this.#deviceIsAsked();
    }
    return lineKind.request;
  }

  #deviceIsAsked(): void {
    this.#awaitingAnswer = linesToAnswer;
    this.notable = true;
  }

  #response(view: Buffer, start: number, end: number): LineKind {
    if (this.#awaitingAnswer > 0) {
      this.#awaitingAnswer--;
      this.notable = holds(view, start, end, deviceChange);
    }
    return lineKind.response;
  }
}

/**
 * Steps back from the time over `"path":"...","remote_address":"...","remote_port":8200},`.
 * @returns where the path begins, or -1 where a request ends in another way
 */
function pathOfRequest(view: Buffer, start: number, timeQuote: number): number {
  let at = timeQuote - '0},"time":'.length;
  while (at > start && isDigit(view[at])) {
    at--;
  }
  const addressEnd = at - ',"remote_port":'.length;
  if (view[addressEnd] !== quote || view[addressEnd + '","remote_'.length] !== p) {
    return -1;
  }
  const pathEnd = quoteBefore(view, addressEnd, start) - '",remote_address":'.length - 1;
  return view[pathEnd] === quote ? quoteBefore(view, pathEnd, start) + 1 : -1;
}

/** Whether a path is below `sys/`, or unknown. */
function mayBeSystem(view: Buffer, path: number): boolean {
  return path === -1 || (view[path] === s && view[path + 1] === y);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}

function quoteBefore(view: Buffer, from: number, earliest: number): number {
  let at = from - 1;
  while (at > earliest && view[at] !== quote) {
    at--;
  }
  return at;
}

function holds(view: Buffer, start: number, end: number, bytes: Buffer): boolean {
  return view.subarray(start, end).includes(bytes);
}
