/** `rollcall backup <folder>`: a copy of database and key file, while the server runs. */
import type { AddCommand } from "./command.ts";
import { serverCommand } from "./server-program.ts";

export const add: AddCommand = (program, surroundings, leave) => {
  serverCommand(
    program,
    {
      words: ["backup"],
      description: "copy the database and its key file, also while the server runs",
    },
    { surroundings, leave },
  );
};
