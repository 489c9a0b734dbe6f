import type { renderCharts } from '../../../../lib/check/repository/rendering/charts';
import type { Rendered } from '../../../../lib/check/repository/rendering/rendered';
import { resolveTools } from '../../../../lib/embedded/toolchain';
import { inProject, type LocalProject } from '../../../support/local-project';

/** Renders what a folder holds with the real program. */
export async function renderWith(
  program: 'helm' | 'kubectl',
  render: typeof renderCharts,
  files: Readonly<Record<string, string>>,
  prepare: (project: LocalProject) => void = () => undefined,
  limits?: Parameters<typeof renderCharts>[3],
): Promise<Rendered> {
  const tools = await resolveTools([program]);
  return await inProject(files, async (project) => {
    prepare(project);
    const found = { binary: tools[program].path };
    return await render(project.root, project.files(), async () => await Promise.resolve(found), limits);
  });
}

/** `place: Kind namespace/name file:line` of each object. */
export function describeObjects({ objects }: Rendered): string[] {
  return objects.map(({ manifest: { kind, metadata }, environment, locate }) => {
    const { file, line } = locate(['metadata', 'name']);
    return `${environment ?? '-'}: ${kind} ${metadata.namespace ?? '-'}/${metadata.name} ${file}:${line}`;
  });
}
