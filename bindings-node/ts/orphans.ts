import { INLINE } from "./config.js";
import { ReynoldsError } from "./errors.js";
import type { Event, HandleEffect } from "./types.js";

/** What makes two deliveries one event. A list: any sign between these could be part of them. */
export function identity(event: Event | undefined): string {
  return JSON.stringify([event?.tenant ?? "", event?.source, event?.id].map(String));
}

/** Events whose handler is not here. They wait: for their platform to deliver them again, or for the next open. */
export class Orphans {
  /** Those given to `handle`, by what makes two deliveries one event. */
  readonly #inline = new Map<string, HandleEffect>();
  /** Effects for handlers that have a name. */
  readonly #named = new Set<string>();

  constructor(readonly trouble: (error: ReynoldsError) => void) {}

  /** Is it known here that nobody handles it? */
  has(effect: HandleEffect, key: string): boolean {
    return effect.handler === INLINE ? this.#inline.has(key) : this.#named.has(effect.id);
  }

  /** The event that was delivered again. */
  of(key: string): HandleEffect | undefined {
    return this.#inline.get(key);
  }

  /** Somebody handles it now. */
  take(key: string): void {
    this.#inline.delete(key);
  }

  /** Nobody handles it, so it waits. Also where no rule names its handler any more: whoever takes a deploy back has it again. */
  add(effect: HandleEffect, key: string): void {
    if (effect.handler === INLINE) {
      this.#inline.set(key, effect);
      return this.#tell(
        `the process ended while event ${effect.event.id} was being handled; give \`resume\` to \`open\`, or have it delivered again; ` +
          "until then it waits",
      );
    }
    this.#named.add(effect.id);
    this.#tell(
      `there is no handler \`${effect.handler}\` for effect ${effect.id}; give it in \`handlers\`; until the next open it waits; ` +
        "to drop it, submit its outcome as `cancelled`",
    );
  }

  #tell(what: string): void {
    this.trouble(new ReynoldsError(`RY2211: ${what}`));
  }
}
