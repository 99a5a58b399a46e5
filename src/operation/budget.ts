// Rate limit: one budget per caller, spent by cost and refilled steadily.
import { TokenBucket } from 'limiter';
import { callerKey } from '../access/caller';
import type { Caller } from './context';
import { apiError } from '../graphql/errors';

/** The budgets of all callers: a token's subject has one wherever it comes from, a stranger's address another. */
export class Budgets {
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(
    private readonly perMinute: number,
    private readonly remembered: number,
  ) {}

  /**
   * Takes a cost from the caller's budget.
   * @param paid what was taken for the same operation already: given back when this fails, so that whoever asks again
   *   and again still comes to the turn.
   * @throws RATE_LIMITED with `retryAfter` when it holds less; then nothing is taken.
   */
  take(caller: Caller, cost: number, paid = 0): void {
    const bucket = this.bucketOf(callerKey(caller));
    if (bucket.tryRemoveTokens(cost)) return;
    bucket.content += paid;
    const missing = cost + paid - bucket.content;
    const retryAfter = Math.max(1, Math.ceil((missing * 60) / this.perMinute));
    throw apiError(
      'RATE_LIMITED',
      `You have used up your ${this.perMinute} of cost a minute and this costs ${cost + paid}: ` +
        `ask again in ${retryAfter} s, or ask for less.`,
      { retryAfter, http: { status: 429, headers: new Map([['retry-after', String(retryAfter)]]) } },
    );
  }

  /** Takes what is there, at most this much: the price of having been wrong. */
  fine(caller: Caller, cost: number): void {
    const bucket = this.bucketOf(callerKey(caller));
    bucket.drip();
    bucket.content = Math.min(bucket.content, Math.max(0, bucket.content - cost));
  }

  /**
   * Takes what something has turned out to cost, though it may be more than is there: then the caller waits for longer,
   * but for no more than a minute beyond the usual.
   */
  settle(caller: Caller, cost: number): void {
    if (cost <= 0) return;
    const bucket = this.bucketOf(callerKey(caller));
    bucket.drip();
    bucket.content = Math.max(-this.perMinute, bucket.content - cost);
  }

  private bucketOf(key: string): TokenBucket {
    const known = this.buckets.get(key);
    // Moved to the end, so that the caller forgotten first is the one that has been quiet for longest.
    if (known) this.buckets.delete(key);
    const bucket =
      known ??
      new TokenBucket({ bucketSize: this.perMinute, tokensPerInterval: this.perMinute, interval: 'minute' });
    if (!known) bucket.content = this.perMinute; // the library starts with an empty one
    this.buckets.set(key, bucket);
    if (this.buckets.size > this.remembered) this.buckets.delete(this.buckets.keys().next().value!);
    return bucket;
  }
}
