// Plays the session anew and writes it into docs/agents.md.
import { played, write } from "./recorded.js";

write(await played());
