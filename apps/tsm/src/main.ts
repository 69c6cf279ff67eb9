#!/usr/bin/env node
import { runProgram } from "@tetra/cli-kit";
import { COMMAND_LINE } from "./command-line.ts";
import { programOf } from "./program.ts";

runProgram(process, programOf(process, COMMAND_LINE));
