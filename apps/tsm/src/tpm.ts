#!/usr/bin/env node
import { runProgram } from "@tetra/cli-kit";
import { programOf } from "./program.ts";
import { TPM_COMMAND_LINE } from "./tpm/command-line.ts";

runProgram(process, programOf(process, TPM_COMMAND_LINE));
