import { DotenvSyntaxError, readAsCompose } from '../../lib/dotenv/readers';

// test/e2e/docker-compose-parser.test.ts compares the reader with Docker Compose's own code.
test.each([
  ['A=1', { A: '1' }],
  ['A = 1 # comment', { A: '1' }],
  ['A=1#no comment', { A: '1#no comment' }],
  ["A='$B \\n'", { A: '$B \\n' }],
  ['A="x\\ny\\$z\\"\\\\"', { A: 'x\ny$z"\\' }],
  ['A=1\nB=${A}2', { A: '1', B: '12' }],
  ['A=${NONE:-a}$$', { A: 'a$' }],
  ['export A=1\nB: 2\nC\n', { A: '1', B: '2' }],
  ['\ufeffA=1\r\nB=2\r\n', { A: '1', B: '2' }],
])('%j', (text, values) => {
  expect(Object.fromEntries(readAsCompose(text))).toEqual(values);
});

test.each([
  ["A=1\nB='open", 2, 'a quote is not closed'],
  ['A=1\n\nB C=1', 3, 'a name holds a space'],
  ['A%=1', 1, 'a name holds a character that is not allowed'],
  ['A="${"', 1, '"${" does not begin a variable that Docker Compose accepts'],
])('fails %j with its line', (text, line, message) => {
  expect(() => readAsCompose(text)).toThrow(new DotenvSyntaxError(message, line));
});
