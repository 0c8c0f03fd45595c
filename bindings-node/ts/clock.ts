/** The host's time. The default is the system's; `reynolds/testing` has one that can be moved. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once, after so many milliseconds, unless the returned function was called before. */
  after(ms: number, call: () => void): () => void;
}

/** `setTimeout` can not wait longer. */
const LONGEST_MS = 2 ** 31 - 1;

/** The system's clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, call) {
    if (ms > LONGEST_MS) {
      let stop = systemClock.after(LONGEST_MS, () => (stop = systemClock.after(ms - LONGEST_MS, call)));
      return () => stop();
    }
    const timer = setTimeout(call, Math.max(ms, 0));
    return () => clearTimeout(timer);
  },
};
