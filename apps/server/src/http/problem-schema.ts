import { z } from "zod";

/** The body of every rejected or failed request (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: "`about:blank`: the title is that of the status" }),
    title: z.string().meta({ description: "The name of the status" }),
    status: z.int(),
    detail: z.string().meta({ description: "What is wrong and what to do, for people" }),
    code: z.string().meta({ description: "A stable code for programs" }),
  })
  .meta({ id: "Problem" });
