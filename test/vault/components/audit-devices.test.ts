import { AuditDevices } from '../../../lib/vault/components';
import { recordProgram } from '../../support/pulumi-recorder';

describe('AuditDevices', () => {
  it('enables one device after the other', async () => {
    const devices = [
      { name: 'file', filePath: '/vault/audit/audit.log' },
      { name: 'stdout', filePath: 'stdout' },
      { name: 'spare', filePath: '/mnt/audit.log' },
    ];
    const { find } = await recordProgram(() => {
      new AuditDevices('audit', { devices });
    });
    const [file, stdout, spare] = devices.map(({ name }) => find('vault:index/audit:Audit', `audit-${name}`));
    expect(file?.inputs).toEqual({ type: 'file', path: 'file', options: { file_path: '/vault/audit/audit.log' } });
    expect(stdout?.inputs).toEqual({ type: 'file', path: 'stdout', options: { file_path: 'stdout' } });
    expect([file, stdout, spare].map((device) => device?.dependencies)).toEqual([[], [file?.urn], [stdout?.urn]]);
  });
});
