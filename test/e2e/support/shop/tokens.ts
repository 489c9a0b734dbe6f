/** What the services and the tests say of tokens. */
export const jwtSettings = { issuer: 'shop', audience: 'shop-app' };
