import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** How a probe proves who it is and whom it trusts. */
export interface ProbeOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** HTTP status of a health address; 0 when nobody answers within a second. */
export async function probe(url: string, options: ProbeOptions = {}): Promise<number> {
  return await new Promise((resolve) => {
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(
      url,
      { ...options, agent: false, timeout: 1000 },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => {
      resolve(0);
    });
    request.end();
  });
}
