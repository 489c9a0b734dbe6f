/** A resource as the state of a stack has it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly parent?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: unknown;
}

/** The file that Pulumi's backend for folders keeps of a stack. */
export interface StateFile {
  readonly version: number;
  readonly checkpoint: {
    readonly latest?: { readonly resources?: readonly StateResource[] };
  };
}

const stackType = 'pulumi:pulumi:Stack';

/** The last part of a URN. */
export function nameOf({ urn }: StateResource): string {
  return urn.split('::').slice(3).join('::');
}

/** Whether a program declares the resource itself: neither the stack nor a provider. */
export function isDeclared({ type }: StateResource): boolean {
  return type !== stackType && !type.startsWith('pulumi:providers:');
}

/**
 * The state of a stack with many teams, from that of a stack with one: what bears the name of the one team is there once
 * for each. The `up` of a thousand workloads would write its state, which is tens of megabytes then, after each of ten
 * thousand resources.
 */
export function stateOfTeams(state: StateFile, one: string, teams: readonly string[]): StateFile {
  // In the keys of templates it is written with underscores.
  const inKeys = (name: string): string => name.replaceAll('-', '_');
  const copies = (text: string): string[] =>
    teams.map((team) => text.replaceAll(one, team).replaceAll(inKeys(one), inKeys(team)));
  return withResources(state, (resources) =>
    resources.flatMap((resource) =>
      resource.urn.includes(one)
        ? copies(JSON.stringify(resource)).map((text) => JSON.parse(text) as StateResource)
        : [withLists(resource, (text) => (text.includes(one) ? copies(text) : [text])) as StateResource],
    ),
  );
}

/** The same resources without components around them, and without an order. */
export function flatState(state: StateFile): StateFile {
  return withResources(state, (resources) => {
    const stack = resources.find(({ type }) => type === stackType)?.urn;
    return resources.map((resource) => {
      if (!isDeclared(resource)) {
        return resource;
      }
      const [prefix = '', project, , ...name] = resource.urn.split('::');
      const urn = [prefix, project, resource.type, ...name].join('::');
      return { ...resource, urn, dependencies: [], propertyDependencies: {}, ...(stack ? { parent: stack } : {}) };
    });
  });
}

/** Everything that a stack has, in an order in which each resource comes after what it needs. */
export function resourcesOf({ checkpoint }: StateFile): readonly StateResource[] {
  return checkpoint.latest?.resources ?? [];
}

/** The same state with other resources. */
export function withResources(
  state: StateFile,
  change: (resources: readonly StateResource[]) => readonly StateResource[],
): StateFile {
  const { checkpoint } = state;
  const latest = { ...checkpoint.latest, resources: change(resourcesOf(state)) };
  return { ...state, checkpoint: { ...checkpoint, latest } };
}

/** The same value with each text in a list replaced by several. */
function withLists(value: unknown, several: (text: string) => string[]): unknown {
  if (Array.isArray(value)) {
    return value.flatMap((entry: unknown) =>
      typeof entry === 'string' ? several(entry) : [withLists(entry, several)],
    );
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withLists(entry, several)]))
    : value;
}
