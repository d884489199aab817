/**
 * Excludes a parameter from the inference of `T`: the route alone decides it. TypeScript has this type since 5.4; the intersection has
 * the same effect in 5.0, because the compiler prefers what it infers from the parameter whose type is not an intersection. Not
 * `T & {}`, which the compiler reduces to `T` if `T` extends `object`.
 */
export type NoInfer<T> = T & Record<never, never>;
