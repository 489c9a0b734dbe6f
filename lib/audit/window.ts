import { durationSeconds, isDuration } from '../catalog';

/** The time that a question is about, in milliseconds since 1970, both ends included. */
export interface TimeWindow {
  readonly since: number;
  readonly until: number;
}

/** How points in time are written, for messages. */
export const instantForms = 'a duration such as 30d or 12h, or a time such as 2026-11-01T00:00:00Z';

/**
 * A point in time: so long ago, or as RFC 3339 has it. A day alone begins at midnight UTC.
 * @returns nothing where the text is neither
 */
export function parseInstant(text: string, now: number): number | undefined {
  if (isDuration(text)) {
    return now - durationSeconds(text) * 1000;
  }
  const shape = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
  const value = shape.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(value) ? undefined : value;
}

/** Whether a time of an entry lies in a window. Compared as an instant: texts with fewer digits sort otherwise. */
export function isWithin({ since, until }: TimeWindow, time: string): boolean {
  const value = Date.parse(time);
  return value >= since && value <= until;
}
