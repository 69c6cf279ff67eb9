import type { Completion } from "../flow/decide-flow.ts";
import { badgeOf } from "./badge.ts";
import { visible } from "./visible.ts";

/** What is told about a flow that was just completed. */
export function completedPage(id: string, completion: Completion): readonly string[] {
  const { outcome = "success", lessons = [], artifacts = [], effortMinutes = 0 } = completion;
  return [
    "",
    `${badgeOf(outcome).sign} Flow completed: ${visible(id)}`,
    `  Outcome: ${visible(outcome)}`,
    ...lessons.map((lesson) => `  Lesson: ${visible(lesson)}`),
    ...artifacts.map((artifact) => `  Artifact: ${visible(artifact)}`),
    ...(effortMinutes > 0 ? [`  Effort: ${effortMinutes} minutes`] : []),
  ];
}
