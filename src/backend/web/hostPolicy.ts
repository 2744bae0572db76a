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
  /** @param host the request's `Host`, found allowed */
  allowsOrigin(origin: string | undefined, host: string): boolean;
}

/** @param bound the address the server was told to listen on */
export function createHostPolicy(bound: string): HostPolicy {
  const names = new Set(isLoopback(bound) ? [...LOOPBACK, urlHost(bound)] : [...LOOPBACK, urlHost(bound), ...ownNames()]);
  return {
    allowsHost(header, port) {
      if (header === undefined) return false;
      const [, name = '', given = '80'] = /^(\[[0-9a-f:.]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(header.toLowerCase()) ?? [];
      return names.has(name) && Number(given) === port;
    },
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
