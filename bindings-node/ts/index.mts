// The same instances as `require` gives: an error thrown by one is an `instanceof` in the other.
export * from "./index.js";
