import { compare } from '../catalog';
import type { AccessGrant } from './access-matrix';
import { markup, type Markup } from './markup';

/** More cells than this are no overview, and no browser shows them in time. */
const mostCells = 50_000;

/**
 * Secrets down, readers across, and in each cell the number of fields; empty where nothing is granted. In place of a grid
 * that nobody could look through it says that there is none.
 */
export function overviewHtml(grants: readonly AccessGrant[]): Markup {
  // Workloads first: their names have no spaces, those of other readers do.
  const readers = [...new Set(grants.map(({ workload }) => workload))].sort(
    (a, b) => Number(a.includes(' ')) - Number(b.includes(' ')),
  );
  const cells = grantsByCell(grants);
  const secrets = [...cells.keys()].sort(compare);
  if (readers.length * secrets.length > mostCells) {
    return markup`<p id="overview">${String(secrets.length)} secrets and ${String(readers.length)} readers are too many to show side by side: filter the grants below.</p>`;
  }
  const rows = secrets.map((secret) => {
    const byReader = cells.get(secret) ?? new Map<string, AccessGrant[]>();
    const row = readers.map((reader) => cell(secret, reader, byReader.get(reader) ?? []));
    return markup`<tr data-secret="${secret}"><th scope="row"><span class="name">${secret}</span></th>${row}<td class="total">${readerCount(byReader.size)}</td></tr>
`;
  });
  const headings = readers.map(
    (reader) => markup`<th scope="col" data-workload="${reader}"><span class="name">${reader}</span></th>`,
  );
  return markup`<div class="scroll" role="region" aria-label="Overview" tabindex="0">
<table class="grid" id="overview">
<caption class="hidden">Number of fields of each secret that each workload reads</caption>
<thead><tr><td></td>${headings}<td></td></tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>`;
}

/** Secret to reader to what it is granted. */
function grantsByCell(grants: readonly AccessGrant[]): Map<string, Map<string, AccessGrant[]>> {
  const cells = new Map<string, Map<string, AccessGrant[]>>();
  for (const grant of grants) {
    const readers = cells.get(grant.secret) ?? new Map<string, AccessGrant[]>();
    cells.set(grant.secret, readers);
    readers.set(grant.workload, [...(readers.get(grant.workload) ?? []), grant]);
  }
  return cells;
}

function readerCount(count: number): string {
  return `${count} ${count === 1 ? 'reader' : 'readers'}`;
}

function cell(secret: string, reader: string, grants: readonly AccessGrant[]): Markup {
  if (grants.length === 0) {
    return markup`<td data-workload="${reader}"></td>`;
  }
  // A secret of GitHub Actions is one value and has no fields.
  const count = Math.max(1, new Set(grants.flatMap(({ fields }) => fields)).size);
  const weight = count >= 4 ? 3 : count >= 2 ? 2 : 1;
  const label = `${reader} reads ${count} ${count === 1 ? 'field' : 'fields'} of ${secret}: show`;
  return markup`<td data-workload="${reader}"><button type="button" data-reader="${reader}" data-weight="${String(weight)}" aria-label="${label}">${String(count)}</button></td>`;
}
