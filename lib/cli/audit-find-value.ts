import { findValue, hashesOf } from '../audit/find-value';
import { askVaultLog, asTexts, type AuditFlags, logsOf } from './audit-options';
import { conclusion, printCoverage, printGaps, printSections, setExit } from './audit-report';
import { connectVault } from './connections';
import { environmentError, usageError } from './errors';
import { print, printJson } from './output';
import { findProject, loadEnvironments, selectDelivered } from './project';
import { readSecretFromStdin } from './secret-input';

/** `nivesh-secrets audit find-value` */
export async function runFindValue(flags: AuditFlags): Promise<void> {
  const environment = selectDelivered(loadEnvironments(findProject()), 'externalSecrets', flags.environment);
  // Checked before the value is on its way.
  await logsOf('--log', flags.log);
  const value = await readSecretFromStdin();
  if (value.reveal() === '') {
    throw usageError(
      'standard input holds no value',
      'pipe it: pass show leaked | nivesh-secrets audit find-value ...',
    );
  }
  const client = await connectVault(environment);
  const hashes = await hashesOf(client, value, flags.device).finally(async () => {
    await client.close();
  });
  if (hashes.length === 0) {
    throw environmentError('vault has no audit device', 'enable two, see docs/vault.md');
  }
  const { window, ...report } = await askVaultLog(flags, async (question) => ({
    window: question.window,
    ...(await findValue({ ...question, hashes })),
  }));
  if (flags.json) {
    printJson({ devices: hashes.map(({ device }) => device), window: asTexts(window), ...report });
  } else {
    printSections(
      [
        { title: 'GIVEN TO', groups: report.given },
        { title: 'SENT BY', groups: report.sent },
        { title: 'LOOKED FOR BY', groups: report.hashed },
      ],
      true,
    );
    printCoverage('vault', report.coverage, window);
    printGaps(report.gaps);
    const found = report.given.length + report.sent.length > 0;
    print(`\n${conclusion(found, report.gaps, 'nobody was given the value or sent it')}`);
  }
  setExit(report.gaps);
}
