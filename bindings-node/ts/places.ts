import { Line } from "./lines.js";

/** Whose work this host has been given: until a second tenant is seen, the only one need leave no place to others. */
export class Tenants {
  several: boolean;
  #one: string | undefined;

  /** `known` are those of the journal. The default one is always among them, used or not. */
  constructor(known: readonly string[] = []) {
    this.several = known.filter((tenant) => tenant !== "").length > 1;
  }

  saw(tenant: string): void {
    this.#one ??= tenant;
    this.several ||= tenant !== this.#one;
  }
}

interface Waiting {
  begin: () => void;
  drop: ((why: Error) => void) | undefined;
}

/**
 * Places for the work of all tenants. Tenants take turns, and each has its own work in order. None has the last place: what hangs for
 * one must not stop all others.
 */
export class Places {
  taken = 0;
  waiting = 0;
  readonly #taken = new Map<string, number>();
  /** Those who wait, by tenant, in the order of the tenants' turns. */
  readonly #lines = new Map<string, Line<Waiting>>();
  #filling = false;

  constructor(
    readonly most: number,
    readonly tenants: Tenants,
    readonly unlimited: () => boolean = () => false,
  ) {}

  /** Calls `begin`, who has a place then, until `leave`; or `drop`. */
  enter(tenant: string, begin: () => void, drop?: (why: Error) => void): void {
    this.tenants.saw(tenant);
    let line = this.#lines.get(tenant);
    if (!line) this.#lines.set(tenant, (line = new Line()));
    line.push({ begin, drop });
    this.waiting += 1;
    this.fill();
  }

  /** Who goes on takes a place, whether there is one or not. */
  take(tenant: string): void {
    this.taken += 1;
    this.#taken.set(tenant, (this.#taken.get(tenant) ?? 0) + 1);
  }

  leave(tenant: string): void {
    this.taken -= 1;
    const left = (this.#taken.get(tenant) ?? 0) - 1;
    if (left > 0) this.#taken.set(tenant, left);
    else this.#taken.delete(tenant);
    this.fill();
  }

  fill(): void {
    // Who leaves at once comes back here: it goes on where it was.
    if (this.#filling) return;
    this.#filling = true;
    for (let tenant = this.#next(); tenant !== undefined; tenant = this.#next()) {
      const line = this.#lines.get(tenant)!;
      const { begin } = line.shift()!;
      this.#lines.delete(tenant);
      // Its next turn comes after everybody else's.
      if (!line.empty) this.#lines.set(tenant, line);
      this.waiting -= 1;
      this.take(tenant);
      begin();
    }
    this.#filling = false;
  }

  /** Those that wait do not begin any more. */
  drop(why: Error): void {
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    this.waiting = 0;
    for (const line of lines) for (let one = line.shift(); one; one = line.shift()) one.drop?.(why);
  }

  /** Whose turn it is. */
  #next(): string | undefined {
    for (const tenant of this.#lines.keys()) if (this.#has(tenant)) return tenant;
    return undefined;
  }

  #has(tenant: string): boolean {
    if (this.unlimited()) return true;
    const share = this.tenants.several && this.most > 1 ? this.most - 1 : this.most;
    return this.taken < this.most && (this.#taken.get(tenant) ?? 0) < share;
  }
}
