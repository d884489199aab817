import { type Check, checkerOf } from "./check.js";
import { paramsReader } from "./fields.js";
import type { RouteShape } from "./shape.js";

/** A route's shape that also checks parameters and updates as the whole route does, without zod. */
export interface CheckedShape<Params = never, Update = unknown> extends RouteShape<Params, Update> {
  /**
   * The parameters, with `""` in a nullable field read as null and unknown keys dropped.
   *
   * @throws TopicError as {@link RouteShape.buildTopic}, and `invalid_params` where a check fails
   */
  parseParams(input: unknown): Params;
  /** The update, with unknown keys dropped. @throws TopicError `invalid_message`, or `unreadable` */
  parseUpdate(input: unknown): Update;
}

/** A shape with its checks. Made by code generation. */
export function defineCheckedShape<Params, Update>(
  shape: RouteShape<Params, Update>,
  params: Check,
  update: Check,
): CheckedShape<Params, Update> {
  const { name, fields, buildTopic } = shape;
  const prepare = paramsReader(fields, buildTopic as (params: unknown) => string);
  return Object.freeze({
    ...shape,
    parseParams: checkerOf(params, "invalid_params", `${name} parameters`, prepare) as (input: unknown) => Params,
    parseUpdate: checkerOf(update, "invalid_message", `${name} update`) as (input: unknown) => Update,
  });
}
