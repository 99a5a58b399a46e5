// By what is a caller known? By the subject of the token, or else by the network.
import { isIPv6 } from 'node:net';
import type { Identity } from './identity';

/** The same for all that one caller sends, whatever it comes over. */
export function callerKey({ identity, address }: { identity: Identity | null; address: string }): string {
  return identity === null ? `address ${networkOf(address)}` : `subject ${identity.subject}`;
}

/** Of an IPv6 address the network: a single customer is given 2^64 addresses. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address.replace('::ffff:', '');
  const [head = '', tail = ''] = address.split('::');
  const [before, after] = [head, tail].map((half) => half.split(':').filter(Boolean));
  const zeros = address.includes('::') ? 8 - before!.length - after!.length : 0;
  return [...before!, ...Array<string>(zeros).fill('0'), ...after!].slice(0, 4).join(':');
}
