/** What jobs are called by their commands: the part that does the work, without what is around it. */
import { expect, test } from "vitest";
import { commandNames } from "../../../src/cli/import/command-name.ts";
import { slugOf } from "../../../src/cli/import/slug.ts";

test.each([
  ["/usr/local/bin/backup.sh --all", "backup"],
  ["cd /srv/app && /usr/bin/php artisan schedule:run >> /dev/null 2>&1", "artisan-schedule-run"],
  ["test -e /run/systemd/system || SERVICE_MODE=1 /sbin/e2scrub_all -A -r", "e2scrub_all"],
  ["python3 -m jobs.sync --full", "jobs-sync"],
  ["/opt/venv/bin/python3.12 /opt/jobs/sync_leads.py", "sync_leads"],
  ["nice -n 19 ionice -c3 flock -n /tmp/lock /opt/jobs/backup.sh", "backup"],
  ["flock -n /tmp/lock -c 'rsync -a /a /b'", "rsync-a-b"],
  ["sudo -u deploy timeout 300 ./deploy.rb now", "deploy"],
  ["bash -lc 'cd /srv && ./sync.py'", "sync"],
  ['su - postgres -c "pg_dump app > /b/app.sql"', "pg_dump-app"],
  ["curl -s https://example.com/cron/daily.php?token=1", "curl-example-com-cron-daily"],
  [
    "[ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi",
    "sessionclean",
  ],
  ["perl -e 'sleep int(rand(3600))' && certbot -q renew", "certbot"],
  ["A=1 B=2 /bin/job", "job"],
  ["echo hello", "echo"],
  ["Überprüfung", "uberprufung"],
])("%s is %s", (command, slug) => {
  expect(slugOf(commandNames(command)[0] ?? "")).toBe(slug);
});

test("what has no name at all still has a slug", () => {
  expect(commandNames("")).toEqual([]);
  expect(slugOf("***")).toBeNull();
  expect(slugOf("start")).toBe("start-job");
  expect(slugOf("2026")).toBe("2026-job");
});
