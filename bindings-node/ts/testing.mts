// The same instances as `require` gives.
export * from "./testing.js";
