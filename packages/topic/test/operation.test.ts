import { defineOperation, type Operation, TopicError } from "@trading/topic";
import { expect, expectTypeOf, test } from "vitest";
import * as z from "zod/mini";

const definition = {
  request: z.object({ orderId: z.string() }),
  reply: z.object({ status: z.enum(["ok", "error"]) }),
  access: "private",
} as const;

test("an operation carries its schemas and infers both sides", () => {
  const cancel = defineOperation({ ...definition, name: "orders.cancel" });
  expect(cancel).toMatchObject({ name: "orders.cancel", access: "private", summary: "" });
  expectTypeOf(cancel).toEqualTypeOf<Operation<{ orderId: string }, { status: "ok" | "error" }, "orders.cancel">>();
});

test("an operation's name is one word", () => {
  expect(() => defineOperation({ ...definition, name: "orders cancel" })).toThrow(TopicError);
});
