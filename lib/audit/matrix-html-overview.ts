import { compare } from '../catalog';
import type { AccessGrant } from './access-matrix';
import { markup, type Markup } from './markup';

/** Secrets down, readers across, and in each cell the number of fields; empty where nothing is granted. */
export function overviewHtml(grants: readonly AccessGrant[]): Markup {
  // Workloads first: their names have no spaces, those of other readers do.
  const readers = [...new Set(grants.map(({ workload }) => workload))].sort(
    (a, b) => Number(a.includes(' ')) - Number(b.includes(' ')),
  );
  const secrets = [...new Set(grants.map(({ secret }) => secret))].sort(compare);
  const rows = secrets.map((secret) => {
    const of = (reader: string): AccessGrant[] =>
      grants.filter((grant) => grant.secret === secret && grant.workload === reader);
    const cells = readers.map((reader) => cell(secret, reader, of(reader)));
    const count = readers.filter((reader) => of(reader).length > 0).length;
    return markup`<tr data-secret="${secret}"><th scope="row"><span class="name">${secret}</span></th>${cells}<td class="total">${readerCount(count)}</td></tr>
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
