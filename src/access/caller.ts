// Caller key: identifies a caller for limits and fair queues, by the token's subject or else by the client's network.
import { isIPv6 } from 'node:net';
import type { Identity } from './identity';

/** The key of a caller, the same on every transport. */
export function callerKey({ identity, address }: { identity: Identity | null; address: string }): string {
  return identity === null ? `address ${networkOf(address)}` : `subject ${identity.subject}`;
}

/** The address, or for IPv6 its /64 network: a single customer is given 2^64 addresses. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address.replace('::ffff:', '');
  const [head = '', tail = ''] = address.split('::');
  const [before, after] = [head, tail].map((half) => half.split(':').filter(Boolean));
  const zeros = address.includes('::') ? 8 - before!.length - after!.length : 0;
  return [...before!, ...Array<string>(zeros).fill('0'), ...after!].slice(0, 4).join(':');
}
