import fc from 'fast-check';
import { type CaseFile, markdownTable, memoryOf, renderCaseFile, stepStates } from '../../lib/audit/case-file';

const file: CaseFile = {
  title: 'Case',
  memory: { openedAt: '2026-11-26', seen: ['a', '-->'] },
  sections: [{ heading: 'Known', markdown: 'first' }],
  steps: [
    { id: 'machine', title: 'Proven by a machine', proof: { done: true, words: 'seen' }, commands: ['do it'] },
    { id: 'person', title: 'Ticked by a person' },
  ],
};

describe('renderCaseFile', () => {
  it('writes sections, steps, notes and the line to sign', () => {
    expect(renderCaseFile(file)).toMatchInlineSnapshot(`
     "# Case

     <!-- memory: {"openedAt":"2026-11-26","seen":["a","--\\u003e"]} -->

     ## Known

     first

     ## Steps

     - [x] Proven by a machine (seen) <!-- machine -->

       \`\`\`text
       do it
       \`\`\`

     - [ ] Ticked by a person <!-- person -->

     ## Notes

     What was found and decided, by whom.

     ## Signed off

     Name and date, once every step is ticked:
     "
    `);
  });

  it('changes nothing when nothing changed', () => {
    const once = renderCaseFile(file);
    expect(renderCaseFile(file, once)).toBe(once);
  });

  it('keeps ticks and notes of people, and writes the rest anew', () => {
    const edited = renderCaseFile(file)
      .replace('- [ ] Ticked', '- [X] Ticked')
      .replace('What was found', 'It was Asha who found')
      .replace('once every step is ticked:', 'A. Rao, 26 November');
    const next = renderCaseFile({ ...file, sections: [{ heading: 'Known', markdown: 'second' }] }, edited);
    expect(next).toContain('- [x] Ticked by a person');
    expect(next).toContain('It was Asha who found');
    expect(next).toContain('A. Rao, 26 November');
    expect(next).toContain('second');
    expect(next).not.toContain('first');
  });

  it('does not let a tick stand for the proof of a machine', () => {
    const before = renderCaseFile(file);
    const [step] = stepStates([{ id: 'machine', title: '', proof: { done: false, words: 'not seen' } }], before);
    expect(step?.done).toBe(false);
  });

  it('keeps whatever people write below Notes', () => {
    fc.assert(
      fc.property(fc.string(), (words) => {
        const edited = renderCaseFile(file).replace(/## Signed off[\s\S]*$/, () => `${words.trim()}\nend\n`);
        expect(renderCaseFile(file, edited)).toBe(edited);
      }),
    );
  });
});

describe('memoryOf', () => {
  it('gives back what was remembered, whatever it holds', () => {
    expect(memoryOf(renderCaseFile(file))).toEqual(file.memory);
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z]*$/), fc.oneof(fc.string(), fc.array(fc.string()))),
        (memory) => {
          expect(memoryOf(renderCaseFile({ ...file, memory }))).toEqual({ ...memory });
        },
      ),
    );
  });

  it('is nothing in a page that is no case', () => {
    expect(memoryOf('# Readme')).toBeUndefined();
    expect(memoryOf('<!-- memory: {"a": 1} -->')).toBeUndefined();
  });
});

describe('markdownTable', () => {
  it('keeps a cell in one cell', () => {
    expect(markdownTable(['a'], [['x|y\nz']])).toBe('| a |\n| --- |\n| x\\|y z |');
  });
});
