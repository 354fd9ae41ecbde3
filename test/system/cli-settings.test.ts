/** The command line's environment: defaults, empty variables, and where the spool lies. */
import { expect, test } from "vitest";
import { readCliSettings } from "../../src/system/cli-settings.ts";

test("without any variable the server is the local one and the spool lies in the home folder", () => {
  expect(readCliSettings({ HOME: "/home/ada" })).toEqual({
    url: "http://127.0.0.1:8377",
    pingKey: null,
    adminKey: null,
    readingKey: null,
    config: "config/rollcall.yaml",
    healthchecksKey: null,
    spool: "/home/ada/.local/state/rollcall/spool",
    isColourUnwanted: false,
    variable: expect.any(Function),
  });
});

test("an empty variable is an unset one, and spaces around a value are not part of it", () => {
  const settings = readCliSettings({
    HOME: "/h",
    ROLLCALL_URL: "",
    ROLLCALL_PING_KEY: " k\n",
    NO_COLOR: "1",
  });
  expect(settings).toMatchObject({ url: "http://127.0.0.1:8377", pingKey: "k", isColourUnwanted: true });
});

test("the spool goes where it is told, else into the state folder", () => {
  expect(readCliSettings({ ROLLCALL_SPOOL: "/var/spool/r", XDG_STATE_HOME: "/s" }).spool).toBe(
    "/var/spool/r",
  );
  expect(readCliSettings({ XDG_STATE_HOME: "/s", HOME: "/h" }).spool).toBe("/s/rollcall/spool");
});

test("the admin key reads before the read key does", () => {
  expect(readCliSettings({ ROLLCALL_ADMIN_KEY: "a", ROLLCALL_READ_KEY: "r" }).readingKey).toBe("a");
  expect(readCliSettings({ ROLLCALL_READ_KEY: "r" }).readingKey).toBe("r");
});
