/** The host's time. The default is the system's; `reynolds/testing` has one that can be moved. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once, after so many milliseconds, unless the returned function was called before. */
  after(ms: number, call: () => void): () => void;
}

/** `setTimeout` can not wait longer: what is later is asked for again then. */
const LONGEST_MS = 2 ** 31 - 1;

/** The system's clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, call) {
    const timer = setTimeout(call, Math.min(Math.max(ms, 0), LONGEST_MS));
    return () => clearTimeout(timer);
  },
};
