import { defineOperation, defineOperationShape, type Operation, type OperationShape, TopicError } from "@trading/topic";
import { expect, expectTypeOf, test } from "vitest";
import * as z from "zod/mini";

const definition = {
  request: z.object({ orderId: z.string() }),
  reply: z.object({ status: z.enum(["ok", "error"]) }),
  access: "private",
} as const;

test("defineOperation infers the request and the reply from the schemas", () => {
  const cancel = defineOperation({ ...definition, name: "orders.cancel" });
  expect(cancel).toMatchObject({ name: "orders.cancel", access: "private", summary: "" });
  expectTypeOf(cancel).toEqualTypeOf<Operation<{ orderId: string }, { status: "ok" | "error" }, "orders.cancel">>();
});

test("an operation is also a shape, and a plain shape has no parsers", () => {
  const cancel = defineOperation({ ...definition, name: "orders.cancel" });
  const shape: OperationShape<{ orderId: string }, { status: "ok" | "error" }> = cancel;
  expect(shape.parseReply?.({ status: "ok" })).toEqual({ status: "ok" });

  const alone = defineOperationShape<{ orderId: string }, { status: string }>({
    name: "orders.cancel",
    access: "private",
  });
  expect(alone).toEqual({ name: "orders.cancel", access: "private" });
  const anyOperation: readonly OperationShape[] = [cancel, alone];
  expect(anyOperation.map(({ parseRequest }) => typeof parseRequest)).toEqual(["function", "undefined"]);
});

test("rejects an invalid operation name", () => {
  expect(() => defineOperation({ ...definition, name: "orders cancel" })).toThrow(TopicError);
  expect(() => defineOperationShape({ name: "orders cancel" })).toThrow(TopicError);
});
