#!/usr/bin/env node
import { writeSync } from "node:fs";
import { addon } from "./native.js";

/** All of it, also into a pipe that takes it in pieces. A reader that has seen enough is no error. */
function write(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
    }
  }
}

const { exit, out, notes } = addon.cli(process.argv.slice(2));
write(2, notes);
write(1, out);
process.exitCode = exit;
