import { createHash } from 'node:crypto';
import type { Location as SarifLocation, Log, Notification, ReportingDescriptor, Result } from 'sarif';
import type { RepositoryReport } from './inspect';
import type { Location, UnreadableFile } from './model';
import type { RepositoryFinding, RuleDescription } from './rule';

/**
 * A report in SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), as code scanning takes it.
 * Paths are relative to what was checked; suppressed findings are in it, with their reason.
 */
export function sarifLog(
  { findings, suppressed, notes }: RepositoryReport,
  rules: readonly RuleDescription[],
  version: string,
): Log {
  const fingerprints = new Fingerprints();
  const result = (finding: RepositoryFinding): Result => resultOf(finding, rules, fingerprints.of(finding));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'nivesh-secrets', semanticVersion: version, rules: rules.map(describe) } },
        columnKind: 'utf16CodeUnits',
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notes.map(notification) }],
        results: [
          ...findings.map(result),
          ...suppressed.map(({ finding, kind, reason, until }) => ({
            ...result(finding),
            suppressions: [{ kind, justification: `${reason} (until ${until})` }],
          })),
        ],
      },
    ],
  };
}

function describe({ id, summary, why, fix, example, severity }: RuleDescription): ReportingDescriptor {
  const text = `${why} ${fix}`;
  const block = (code: string): string => `\`\`\`\n${code}\n\`\`\``;
  return {
    id,
    shortDescription: { text: summary },
    fullDescription: { text: why },
    help: { text, markdown: `${why}\n\n${fix}\n\n${block(example.wrong)}\n\nbecomes\n\n${block(example.right)}` },
    defaultConfiguration: { level: severity },
    properties: { tags: ['security', 'secrets'] },
  };
}

function resultOf(finding: RepositoryFinding, rules: readonly RuleDescription[], fingerprint: string): Result {
  const { rule, location, message, fix, related } = finding;
  const ruleIndex = rules.findIndex(({ id }) => id === rule);
  return {
    ruleId: rule,
    ruleIndex,
    level: rules[ruleIndex]?.severity ?? 'error',
    message: { text: `${message}. Fix: ${fix}` },
    locations: [locationOf(location)],
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((place, index) => ({
            id: index + 1,
            ...locationOf(place),
            message: { text: place.message },
          })),
        }),
    partialFingerprints: { 'niveshSecrets/v1': fingerprint },
  };
}

function locationOf({ file, line }: Location): SarifLocation {
  return {
    physicalLocation: {
      artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' },
      ...(line === undefined ? {} : { region: { startLine: line } }),
    },
  };
}

function notification({ reason, fix, ...location }: UnreadableFile): Notification {
  return { level: 'note', message: { text: `${reason}. Fix: ${fix}` }, locations: [locationOf(location)] };
}

/** The same for a finding whose line has moved; findings that are alike are counted. */
class Fingerprints {
  private readonly counts = new Map<string, number>();

  of({ rule, location, message }: RepositoryFinding): string {
    // Lines in messages move too.
    const identity = [rule, location.file, message.replaceAll(/:\d+/g, '')].join('\n');
    const count = (this.counts.get(identity) ?? 0) + 1;
    this.counts.set(identity, count);
    return createHash('sha256').update(`${identity}\n${count}`).digest('hex').slice(0, 32);
  }
}
