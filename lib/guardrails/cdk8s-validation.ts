import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { readManifests } from '../check/repository/manifests';
import type { LocatedObject, Location, UnreadableFile } from '../check/repository/model';
import type { RepositoryFinding } from '../check/repository/rule';
import { checkGuardrails, guardrails } from './rules';
import { parseSettings, type Settings } from './settings';

/** What the plugin uses of the context that cdk8s-cli gives it. */
export interface ManifestContext {
  /** Paths of the manifests. */
  readonly manifests: readonly string[];
  readonly report: {
    addViolation(violation: {
      readonly ruleName: string;
      readonly recommendation: string;
      readonly fix: string;
      readonly violatingResources: readonly ViolatingResource[];
    }): void;
    submit(status: 'success' | 'failure', metadata: Readonly<Record<string, string>>): void;
  };
}

/** An object that has a part in a violation. */
export interface ViolatingResource {
  readonly resourceName: string;
  readonly manifestPath: string;
  readonly locations: readonly string[];
}

/**
 * A validation plugin of cdk8s (https://cdk8s.io/docs/latest/cli/synth/): `cdk8s synth` fails where the manifests break a
 * rule of `nivesh-secrets check`. What is only a warning is reported and lets them pass.
 */
export class ObjectRules {
  private readonly settings: Settings;

  /**
   * @param properties those of cdk8s.yaml, {@link Settings}
   * @throws DeclarationError for one that is not known
   */
  constructor(properties: unknown) {
    this.settings = parseSettings('properties of the validation ObjectRules in cdk8s.yaml', properties);
  }

  validate({ manifests, report }: ManifestContext): Promise<void> {
    const synthesized = new SynthesizedObjects(manifests);
    const rules = guardrails.filter(({ id }) => !this.settings.skip?.includes(id));
    const findings = checkGuardrails(rules, synthesized.objects, this.settings);
    for (const finding of findings) {
      report.addViolation({
        ruleName: finding.rule,
        recommendation: finding.message,
        fix: finding.fix,
        violatingResources: synthesized.resourcesOf(finding),
      });
    }
    const errors = new Set(rules.filter(({ severity }) => severity === 'error').map(({ id }) => id));
    report.submit(findings.some(({ rule }) => errors.has(rule)) ? 'failure' : 'success', {
      Objects: String(synthesized.objects.length),
    });
    return Promise.resolve();
  }
}

/** The objects of a synthesis, which know themselves again by the lines where they stand. */
class SynthesizedObjects {
  readonly objects: readonly LocatedObject[];
  private readonly names = new Map<string, string>();

  /** @throws Error for a manifest that cannot be read */
  constructor(manifests: readonly string[]) {
    this.objects = manifests.flatMap((path) => this.read(path));
  }

  /** The object of a finding and those that have a part in it. */
  resourcesOf({ location, related }: RepositoryFinding): ViolatingResource[] {
    return [location, ...related].flatMap((place) => {
      const { file, line = 1 } = place;
      const resourceName = this.names.get(key(place));
      return resourceName === undefined
        ? []
        : [{ resourceName, manifestPath: file, locations: [`${file}:${String(line)}`] }];
    });
  }

  private read(path: string): LocatedObject[] {
    // Relative, as a reader of the report and the names of environments want it.
    const file = relative(process.cwd(), path);
    const { objects, unreadable } = readManifests(file, readFileSync(path, 'utf8'));
    const [problem] = unreadable;
    if (problem) {
      throw new Error(describeUnreadable(problem));
    }
    return objects.map((object) => ({
      ...object,
      locate: (part) => {
        const place = object.locate(part);
        this.names.set(key(place), object.manifest.metadata.name);
        return place;
      },
    }));
  }
}

function key({ file, line = 1 }: Location): string {
  return `${file}:${String(line)}`;
}

function describeUnreadable({ reason, fix, ...place }: UnreadableFile): string {
  return `${key(place)}: ${reason}, fix: ${fix}`;
}
