import { nivesh } from '../../environments/catalog';
import { exposedFields } from '../../lib/audit/exposure';

describe('exposedFields', () => {
  it('puts what was read first, then what harms most; names and kept values are no values of their own', () => {
    const exposed = exposedFields(nivesh, new Set(['nivesh/backend', 'nivesh/mlflow']), new Set(['nivesh/postgres']));
    expect(exposed.map(({ id, wasRead, risk }) => `${wasRead ? 'read' : 'open'} ${id}: ${risk}`))
      .toMatchInlineSnapshot(`
     [
       "read nivesh/postgres.password: opens a database, for whoever reaches it",
       "open nivesh/backend.jwt_secret: signs tokens or authenticates a service",
       "open nivesh/backend.firebase_private_key: is accepted by an outside service, from anywhere",
       "open nivesh/backend.encryption_key: decrypts stored data",
       "open nivesh/backend.neo4j_password: opens a database, for whoever reaches it",
       "open nivesh/backend.kafka_sasl_password: opens an application",
       "open nivesh/backend.qdrant_api_key: opens an application",
     ]
    `);
  });

  it('finds nothing at paths of others', () => {
    expect(exposedFields(nivesh, new Set(['somebody/else']), new Set())).toEqual([]);
  });
});
