import type { FieldReference } from '../../lib/catalog';
import { journalPath } from '../../lib/rotation/journal';
import type { RotationRequest } from '../../lib/rotation/engine';
import { SecretValue } from '../../lib/values/secret-value';
import { chat, panel, RotationBench, web } from '../support/rotation';
import { randomBytes } from 'node:crypto';

describe('rotation by a person', () => {
  let bench: RotationBench;

  beforeEach(async () => {
    bench = await RotationBench.start();
  });

  afterEach(async () => {
    await bench.stop();
  });

  const webhook = (): SecretValue => new SecretValue(`https://chat.example/${randomBytes(12).toString('hex')}`);

  async function refusal(field: FieldReference, options: Partial<RotationRequest>): Promise<string> {
    const before = JSON.stringify(bench.fake.current(field.secret.path) ?? null);
    const error: unknown = await bench.rotate(field, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(JSON.stringify(bench.fake.current(field.secret.path) ?? null)).toBe(before);
    return (error as Error).message;
  }

  it('makes, writes and delivers a value that needs no person', async () => {
    const [old] = await bench.values(web.session_key);
    expect(await bench.rotate(web.session_key)).toMatchObject({ done: true, ran: ['replace'] });
    const [fresh] = await bench.values(web.session_key);
    expect(fresh).toMatch(/^[0-9a-f]{64}$/);
    expect(fresh).not.toBe(old);
    expect(bench.processes.delivered).toMatchObject([{ fields: ['session_key'], version: 2, previousVersion: 1 }]);
  });

  it('waits for evidence where a person must do something with the new value, and keeps it', async () => {
    const first = await bench.rotate(panel.password);
    expect(first).toMatchObject({
      done: false,
      ran: ['replace'],
      pause: { waitsFor: 'set the new password in the panel' },
    });
    const [fresh] = await bench.values(panel.password);
    expect(await bench.rotate(panel.password)).toMatchObject({ id: first.id, done: false, ran: [] });
    const last = await bench.rotate(panel.password, { evidence: 'set by me, ticket 7' });
    expect(last).toMatchObject({ id: first.id, done: true, ran: ['confirm'] });
    expect(await bench.values(panel.password)).toEqual([fresh, '']);
    expect(bench.fake.current(journalPath(panel.password))).toMatchObject({
      phases: [{ name: 'replace' }, { name: 'confirm', facts: { evidence: 'set by me, ticket 7' } }],
    });
  });

  it('takes an entered value in place of a generated one', async () => {
    const entered = new SecretValue(randomBytes(16).toString('hex'));
    await bench.rotate(panel.password, { entered });
    expect((await bench.values(panel.password))[0]).toBe(entered.reveal());
  });

  it('enters an issued value, then asks for evidence that the old one was revoked at its issuer', async () => {
    const [one, two] = [webhook(), webhook()];
    await bench.kv.create('app/chat', { webhook: one.reveal() });
    expect(await bench.rotate(chat.webhook, { entered: two })).toMatchObject({
      pause: { waitsFor: 'revoke the old value of app/chat.webhook at Chat' },
    });
    expect((await bench.values(chat.webhook))[0]).toBe(two.reveal());
    expect((await bench.rotate(chat.webhook, { evidence: 'revoked, see the log of Chat' })).done).toBe(true);
  });

  it('fails without the value that only its issuer can make, and says what to do', async () => {
    await bench.kv.create('app/chat', { webhook: webhook().reveal() });
    expect(await refusal(chat.webhook, {})).toBe('the new value was not entered, and only Chat can make it');
  });

  it('fails for a value of another form, the old value, and one that is refused here', async () => {
    const old = webhook();
    await bench.kv.create('app/chat', { webhook: old.reveal() });
    expect(await refusal(chat.webhook, { entered: new SecretValue('text') })).toBe('the value is not an https URL');
    expect(await refusal(chat.webhook, { entered: old })).toBe('it is the value that is to be replaced');
    const refuse = (): string => 'it is a placeholder';
    expect(await refusal(chat.webhook, { entered: webhook(), refuse })).toBe('it is a placeholder');
    expect(await refusal(panel.password, { entered: new SecretValue('short') })).toBe(
      'the value is shorter than 20 characters',
    );
    expect(await refusal(panel.password, { entered: new SecretValue(`${'a'.repeat(30)}\n`) })).toBe(
      'the value has white space at its ends, or several lines',
    );
  });

  it('fails for a second value in one rotation', async () => {
    await bench.kv.create('app/chat', { webhook: webhook().reveal() });
    await bench.rotate(chat.webhook, { entered: webhook() });
    expect(await refusal(chat.webhook, { entered: webhook(), evidence: 'done' })).toBe(
      'this rotation has its new value already',
    );
  });

  it('fails for evidence before the new value was delivered, unless the old one has leaked', async () => {
    await bench.kv.create('app/chat', { webhook: webhook().reveal() });
    const options = { entered: webhook(), evidence: 'revoked at noon' };
    expect(await refusal(chat.webhook, options)).toBe(
      'the old value is still in use, so it cannot have been replaced outside',
    );
    expect((await bench.rotate(chat.webhook, { ...options, mode: 'revoke-now' })).done).toBe(true);
  });

  it('fails for evidence that is none, or that holds a value', async () => {
    const [old] = await bench.values(panel.password);
    await bench.rotate(panel.password);
    const [fresh] = await bench.values(panel.password);
    const wrong = 'the evidence is empty, too long or has several lines';
    expect(await refusal(panel.password, { evidence: ' ' })).toBe(wrong);
    expect(await refusal(panel.password, { evidence: 'a\nb' })).toBe(wrong);
    expect(await refusal(panel.password, { evidence: 'a'.repeat(501) })).toBe(wrong);
    expect(await refusal(panel.password, { evidence: `changed ${old}` })).toBe('the evidence holds a secret value');
    expect(await refusal(panel.password, { evidence: `to ${fresh}` })).toBe('the evidence holds a secret value');
  });
});
