interface Item<T> {
  readonly value: T;
  next?: Item<T>;
}

/** First in, first out. Linked, because there may be as many as there are events. */
export class Line<T> {
  #first: Item<T> | undefined;
  #last: Item<T> | undefined;

  get empty(): boolean {
    return this.#first === undefined;
  }

  push(value: T): void {
    const item: Item<T> = { value };
    if (this.#last) this.#last.next = item;
    else this.#first = item;
    this.#last = item;
  }

  shift(): T | undefined {
    const item = this.#first;
    this.#first = item?.next;
    if (!this.#first) this.#last = undefined;
    return item?.value;
  }
}

/** One at a time for each name, in the order of their coming. */
export class Lines {
  readonly #lines = new Map<string, Line<() => void>>();

  /** Calls `begin` when all before it have left. */
  enter(name: string, begin: () => void): void {
    const line = this.#lines.get(name);
    if (line) return line.push(begin);
    this.#lines.set(name, new Line());
    begin();
  }

  /** Who has begun has ended. */
  leave(name: string): void {
    const next = this.#lines.get(name)?.shift();
    if (next) next();
    else this.#lines.delete(name);
  }
}
