import { type Check, createChecker } from "./check.js";
import { createParamsNormalizer } from "./normalize-params.js";
import type { RouteShape } from "./shape.js";

/** A route's shape with validation of params and updates. Equivalent to the full route, without zod. */
export interface CheckedShape<Params = never, Update = unknown> extends RouteShape<Params, Update> {
  /**
   * Validates params. Reads `""` in a nullable field as null and drops unknown keys.
   *
   * @throws TopicError as {@link RouteShape.buildTopic}, and `invalid_params` if a check fails
   */
  parseParams(input: unknown): Params;
  /** Validates an update. Drops unknown keys. @throws TopicError `invalid_message`, or `unreadable` */
  parseUpdate(input: unknown): Update;
}

/** Creates a shape with validation. Used by generated code. */
export function defineCheckedShape<Params, Update>(
  shape: RouteShape<Params, Update>,
  params: Check,
  update: Check,
): CheckedShape<Params, Update> {
  const { name, fields, buildTopic } = shape;
  const prepare = createParamsNormalizer(fields, buildTopic as (params: unknown) => string);
  return Object.freeze({
    ...shape,
    parseParams: createChecker(params, "invalid_params", `${name} parameters`, prepare) as (input: unknown) => Params,
    parseUpdate: createChecker(update, "invalid_message", `${name} update`) as (input: unknown) => Update,
  });
}
