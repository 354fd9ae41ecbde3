/** `rollcall serve`: the server itself. */
import type { AddCommand } from "./command.ts";
import { serverCommand } from "./server-program.ts";

export const add: AddCommand = (program, surroundings, leave) => {
  serverCommand(
    program,
    {
      words: ["serve"],
      description: "run the server; its settings are environment variables (ROLLCALL_PORT, ROLLCALL_DATA …)",
    },
    { surroundings, leave },
  );
};
