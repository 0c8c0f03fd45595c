export { Broker } from "./broker.js";
export { ReynoldsError } from "./errors.js";
export type { Json } from "./json.js";
export type { Keys } from "./keys.js";
export type { Platform } from "./native.js";
export { cloudevents, eventgrid, github, teams } from "./readers.js";
export type { GithubDelivery, HeadersLike, Webhook } from "./readers.js";
export type * from "./types.js";
