/**
 * Real pipes for a job's output. Node would give it sockets, which a program cannot open by name: a script that
 * writes to /dev/stderr, as many do, would fail under us and nowhere else.
 */
import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

export interface Pipe {
  /** Ends when the last program that holds the other end has closed it. */
  reader: Readable;
  /** For the child; ours is to be closed once it has its own. */
  writerFile: number;
}

/**
 * One pipe for each of the two outputs; null where they cannot be made, and sockets have to do. Node cannot make
 * pipes itself, but it can open named ones, whose names are gone again before the job starts.
 */
export function openPipes(): { stdout: Pipe; stderr: Pipe } | null {
  let folder: string | null = null;
  try {
    folder = mkdtempSync(join(tmpdir(), "rollcall-exec-"));
    const names = { stdout: join(folder, "stdout"), stderr: join(folder, "stderr") };
    const made = spawnSync("mkfifo", ["-m", "600", names.stdout, names.stderr], { stdio: "ignore" });
    return made.status === 0 ? { stdout: openPipe(names.stdout), stderr: openPipe(names.stderr) } : null;
  } catch {
    // No folder for temporary files, no mkfifo, no file left to open: the job runs all the same.
    return null;
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

export function closeWriters(pipes: { stdout: Pipe; stderr: Pipe } | null): void {
  if (pipes === null) return;
  closeSync(pipes.stdout.writerFile);
  closeSync(pipes.stderr.writerFile);
}

function openPipe(name: string): Pipe {
  // Without waiting for the writer, which is opened next; the writer itself waits as any program's output does.
  const readerFile = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  const writerFile = openSync(name, constants.O_WRONLY);
  return { reader: new Socket({ fd: readerFile, readable: true, writable: false }), writerFile };
}
