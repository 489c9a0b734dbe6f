import type { LocatedObject, Location, Repository } from './model';

/** One fault that was found. */
export interface RepositoryFinding {
  /** Id of the rule. */
  readonly rule: string;
  readonly location: Location;
  /** What is wrong, in lower case, with names and never with a secret value. */
  readonly message: string;
  /** The change that mends it. */
  readonly fix: string;
  /** Other places that are part of the fault. */
  readonly related: readonly RelatedLocation[];
}

/** Another place of a fault. */
export interface RelatedLocation extends Location {
  /** What is there. */
  readonly message: string;
}

/** What a rule says about itself. */
export interface RuleDescription {
  /** In kebab-case. It is contract: suppressions name it. */
  readonly id: string;
  /** One clause. */
  readonly summary: string;
  /** What goes wrong otherwise, and when. */
  readonly why: string;
  /** How it is mended. */
  readonly fix: string;
  /** What the rule finds, and the same without the fault. */
  readonly example: { readonly wrong: string; readonly right: string };
  /** `error`: something fails or a secret is open; `warning`: something works by chance. */
  readonly severity: 'error' | 'warning';
}

/** A finding before it has the id of its rule. */
export interface Fault extends Omit<RepositoryFinding, 'rule' | 'related'> {
  /** @default none */
  readonly related?: readonly RelatedLocation[];
}

/** A rule that needs nothing but Kubernetes objects, wherever they come from: files, constructs, Pulumi resources. */
export interface ObjectRule extends RuleDescription {
  readonly checkObjects: (objects: readonly LocatedObject[]) => Fault[];
}

/** A rule that needs the whole repository. */
export interface RepositoryRule extends RuleDescription {
  readonly checkRepository: (repository: Repository) => Fault[];
}

/** Runs rules over objects. @returns findings in the order of the rules */
export function checkObjects(rules: readonly ObjectRule[], objects: readonly LocatedObject[]): RepositoryFinding[] {
  return rules.flatMap((rule) => findingsOf(rule, rule.checkObjects(objects)));
}

/** Runs rules over a repository. @returns findings in the order of the rules */
export function checkRepository(rules: readonly RepositoryRule[], repository: Repository): RepositoryFinding[] {
  return rules.flatMap((rule) => findingsOf(rule, rule.checkRepository(repository)));
}

function findingsOf({ id }: RuleDescription, faults: readonly Fault[]): RepositoryFinding[] {
  return faults.map(({ location, message, fix, related = [] }) => ({ rule: id, location, message, fix, related }));
}
