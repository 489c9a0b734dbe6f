import { join } from 'node:path';
import { inspectRepository } from '../../../lib/check/repository/inspect';
import { projectRoot } from '../../support/documentation';

describe('checking what this library makes', () => {
  it.each(['staging', 'production'])('finds nothing in the manifests of %s', async (environment) => {
    const { findings, notes } = await inspectRepository(join(projectRoot, 'test', '__snapshots__', environment));
    expect({ findings, notes }).toEqual({ findings: [], notes: [] });
  });

  it('finds in this repository only what the example of the platform asks for and no Compose file reads', async () => {
    const { findings } = await inspectRepository(projectRoot);
    expect(findings.map(({ rule, location, message }) => `${rule} ${location.file} ${message}`)).toMatchInlineSnapshot(`
      [
        "example-variable-unused test/fixtures/nivesh/docker-compose.env.example nothing reads FIREBASE_PROJECT_ID",
        "example-variable-unused test/fixtures/nivesh/docker-compose.env.example nothing reads FIREBASE_CLIENT_EMAIL",
        "example-variable-unused test/fixtures/nivesh/docker-compose.env.example nothing reads FIREBASE_PRIVATE_KEY",
      ]
    `);
  });
});
