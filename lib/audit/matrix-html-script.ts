/**
 * What the page does: sort, filter, count, follow the colour scheme. It reads the table that is there and keeps nothing
 * but the chosen scheme; without it the page is complete, only not sortable.
 */
export const matrixScript = `
'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const table = byId('grants');
  const body = table.tBodies[0];
  const headings = all('thead th', table);
  const order = [...body.rows];
  const rows = order.map((row) => ({ row, values: JSON.parse(row.dataset.values), text: row.textContent.toLowerCase() }));
  const form = byId('filters');
  const controls = all('[data-filter]', form);
  const sortBy = byId('sort-by');
  const root = document.documentElement;
  const natural = new Intl.Collator('en', { numeric: true });
  let sorted = { column: -1, descending: false };

  function matches({ values, text }, wanted) {
    return wanted.every(({ filter, value }) => {
      if (filter === 'text') return value.toLowerCase().split(/\\s+/).every((word) => text.includes(word));
      const cell = values[Number(filter)];
      return cell.choice ? cell.choice === value : cell.text.toLowerCase().includes(value.toLowerCase());
    });
  }

  function wantedFilters() {
    return controls
      .map((control) => ({ filter: control.dataset.filter, value: control.value.trim(), label: control.dataset.label }))
      .filter(({ value }) => value !== '');
  }

  function describe(count, wanted) {
    const heading = headings[sorted.column];
    const direction = sorted.descending ? 'descending' : 'ascending';
    return {
      count: count + ' of ' + rows.length + (rows.length === 1 ? ' grant' : ' grants'),
      sorted: heading ? 'sorted by ' + heading.textContent.trim().toLowerCase() + ', ' + direction : '',
      filtered: wanted.map(({ label, value }) => label + ' \\u201c' + value + '\\u201d').join(', '),
    };
  }

  function update() {
    const wanted = wantedFilters();
    const shown = rows.filter((one) => matches(one, wanted));
    const visible = new Set(shown);
    rows.forEach((one) => { one.row.hidden = !visible.has(one); });
    byId('none').hidden = shown.length > 0;
    table.hidden = shown.length === 0;
    byId('clear').hidden = wanted.length === 0;
    const words = describe(shown.length, wanted);
    const strong = document.createElement('strong');
    strong.textContent = words.count;
    byId('count').replaceChildren(strong, words.sorted ? ', ' + words.sorted : '');
    byId('paper').textContent = [words.count, words.filtered && 'filtered by ' + words.filtered, words.sorted].filter(Boolean).join('; ');
    overview(shown);
  }

  /** The overview shows what the rows show: nobody reads a secret there that the filter leaves out below. */
  function overview(shown) {
    const keys = new Set(shown.map(({ values }) => values[1].choice + '\\n' + values[2].choice));
    const workloads = new Set(shown.map(({ values }) => values[1].choice));
    const secrets = new Set(shown.map(({ values }) => values[2].choice));
    all('#overview [data-workload]').forEach((cell) => { cell.hidden = !workloads.has(cell.dataset.workload); });
    all('#overview tbody tr').forEach((row) => {
      row.hidden = !secrets.has(row.dataset.secret);
      const buttons = all('button', row);
      buttons.forEach((button) => { button.hidden = !keys.has(button.dataset.reader + '\\n' + row.dataset.secret); });
      const readers = buttons.filter((button) => !button.hidden).length;
      row.lastElementChild.textContent = readers + (readers === 1 ? ' reader' : ' readers');
    });
    byId('overview-section').hidden = shown.length === 0;
  }

  function sort(column, descending) {
    sorted = { column, descending };
    const sign = descending ? -1 : 1;
    const ordered = column < 0 ? rows : [...rows].sort((a, b) => sign * natural.compare(a.values[column].text, b.values[column].text));
    body.append(...ordered.map(({ row }) => row));
    headings.forEach((heading, index) => {
      heading.setAttribute('aria-sort', index === column ? (descending ? 'descending' : 'ascending') : 'none');
    });
    sortBy.value = column < 0 ? '' : column + (descending ? ' descending' : ' ascending');
    update();
  }

  headings.forEach((heading, column) => {
    heading.querySelector('button').addEventListener('click', () => {
      sort(column, heading.getAttribute('aria-sort') === 'ascending');
    });
  });
  sortBy.addEventListener('change', () => {
    const [column, direction] = sortBy.value === '' ? [-1, ''] : sortBy.value.split(' ');
    sort(Number(column), direction === 'descending');
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', update);
  function clear() {
    controls.forEach((control) => { control.value = ''; });
    update();
    byId('search').focus();
  }
  byId('clear').addEventListener('click', clear);
  byId('none').querySelector('button').addEventListener('click', clear);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && form.contains(event.target) && event.target.dataset.filter && event.target.value !== '') {
      event.target.value = '';
      update();
    }
  });

  byId('overview').addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    controls.forEach((control) => {
      if (control.dataset.filter === '1') control.value = button.dataset.reader;
      if (control.dataset.filter === '2') control.value = button.closest('tr').dataset.secret;
    });
    update();
    byId('grants-title').focus();
    byId('grants-title').scrollIntoView();
  });

  byId('print').addEventListener('click', () => window.print());

  const themes = ['auto', 'light', 'dark'];
  const toggle = byId('theme');
  function remembered() {
    try { return localStorage.getItem('access-matrix-theme'); } catch { return null; }
  }
  function show(theme) {
    if (theme === 'auto') root.removeAttribute('data-theme'); else root.setAttribute('data-theme', theme);
    toggle.textContent = 'Colours: ' + theme;
  }
  let theme = themes.includes(remembered()) ? remembered() : 'auto';
  toggle.addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try { localStorage.setItem('access-matrix-theme', theme); } catch { /* Some browsers keep nothing for files. */ }
    show(theme);
  });

  show(theme);
  all('[data-needs-script]').forEach((element) => { element.hidden = false; });
  update();
})();
`;
