import { hostname, networkInterfaces } from 'node:os';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** True for an address or name that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Decides which `Host` and `Origin` headers are ours: a page that rebinds its name to this address has another one. */
export interface HostPolicy {
  /** @param port the port the request came in on */
  allowsHost(header: string | undefined, port: number): boolean;
  /** The name alone: a tunnel or a published port of a container gives this machine another port. */
  allowsName(header: string | undefined): boolean;
  /** @param host the request's `Host`, found allowed */
  allowsOrigin(origin: string | undefined, host: string): boolean;
}

/** @param bound the address the server was told to listen on */
export function createHostPolicy(bound: string): HostPolicy {
  const names = new Set(isLoopback(bound) ? [...LOOPBACK, urlHost(bound)] : [...LOOPBACK, urlHost(bound), ...ownNames()]);
  const parsed = (header: string | undefined): { readonly name: string; readonly port: number } => {
    const [, name = '', port = '80'] = /^(\[[0-9a-f:.]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(header?.toLowerCase() ?? '') ?? [];
    return { name, port: Number(port) };
  };
  return {
    allowsHost(header, port) {
      const given = parsed(header);
      return names.has(given.name) && given.port === port;
    },
    allowsName: (header) => names.has(parsed(header).name),
    allowsOrigin: (origin, host) => origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`,
  };
}

/** An address as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host.toLowerCase();
}

function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries?.map(({ address }) => urlHost(address)) ?? []);
  return [hostname().toLowerCase(), ...addresses];
}
