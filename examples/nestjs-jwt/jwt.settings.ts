/** Where NestJS keeps the keys of this process. */
export const JWT_KEYS = Symbol('JWT_KEYS');

/** A service with tokens that lack these claims adds them once the last such token has expired. */
export const tokenSettings = { issuer: 'nivesh', audience: 'nivesh-app' } as const;
