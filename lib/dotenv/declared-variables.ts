import type { Catalog, DotenvFile, EnvironmentValue } from '../catalog';

/** Every variable that a `.env` file is declared to hold, those of its workloads first. A name may come twice. */
export function declaredVariables(
  catalog: Catalog,
  { workloads = [], env = {} }: DotenvFile,
): (readonly [name: string, value: EnvironmentValue])[] {
  return [...workloads.map((name) => catalog.workloads[name]?.env ?? {}), env].flatMap((source) =>
    Object.entries(source),
  );
}
