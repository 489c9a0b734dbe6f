import type { EngineEvent } from '@pulumi/pulumi/automation';

/** An operation of the engine failed. */
export class PulumiError extends Error {
  constructor(
    message: string,
    /** Every error that the engine told, one line each: `resource: reason`. */
    readonly reasons: readonly string[],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'PulumiError';
  }
}

/**
 * Runs an operation and turns its failure into the reasons that the engine told.
 * @param what names the operation: `up of the stack local`
 * @param events of the engine, filled while the operation runs
 * @throws PulumiError
 */
export async function failureOf<T>(what: string, events: readonly EngineEvent[], run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const told = [...new Set(events.flatMap(reasonsIn))];
    const reasons = told.length > 0 ? told : linesOf(error);
    throw new PulumiError(`pulumi ${what} failed: ${reasons.slice(-3).join('; ')}`, reasons, { cause: error });
  }
}

function reasonsIn({ diagnosticEvent, policyEvent }: EngineEvent): string[] {
  if (policyEvent?.enforcementLevel === 'mandatory') {
    return [`${policyEvent.policyName}: ${tidy(policyEvent.message)}`];
  }
  if (diagnosticEvent?.severity !== 'error') {
    return [];
  }
  const text = tidy(diagnosticEvent.message);
  // The summary of the engine names no reason.
  if (text === '' || /^(?:update|preview|refresh|destroy|resource \w+) failed$/.test(text)) {
    return [];
  }
  const resource = diagnosticEvent.urn?.split('::').pop();
  return [resource === undefined || resource === '' ? text : `${resource}: ${text}`];
}

/** One line without marks of colour, stack trace and the prefixes of gRPC. */
function tidy(message: string): string {
  const lines = message
    .replace(/<\{%.*?%\}>/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('at '));
  return lines
    .join(' ')
    .replace(/\s+/g, ' ')
    .replace(/^(?:error: |Unhandled exception: (?:\w*Error: )?)+/, '')
    .replace(/rpc error: code = \w+ desc = /g, '')
    .replace(/^Preview failed: /, '')
    .replace(/^\d+ errors? occurred: \* /, '');
}

function linesOf(error: unknown): string[] {
  const text = error instanceof Error ? error.message : String(error);
  const told = text
    .split('\n')
    .map((line) => line.replace(/^\s*stderr: /, '').trim())
    .filter((line) => line.startsWith('error: '));
  return told.length > 0 ? told.map(tidy) : [tidy(text)];
}
